"""Words of descriptions in the languages of the product, words too common for tags, and YouTube's categories by niche."""

from __future__ import annotations

WORDS: dict[str, dict[str, str]] = {
    "en": {"chapters": "Chapters", "sources": "Sources", "credits": "Credits"},
    "es": {"chapters": "Capítulos", "sources": "Fuentes", "credits": "Créditos"},
    "de": {"chapters": "Kapitel", "sources": "Quellen", "credits": "Bildnachweise"},
    "fr": {"chapters": "Chapitres", "sources": "Sources", "credits": "Crédits"},
    "pt": {"chapters": "Capítulos", "sources": "Fontes", "credits": "Créditos"},
    "it": {"chapters": "Capitoli", "sources": "Fonti", "credits": "Crediti"},
    "ar": {"chapters": "الفصول", "sources": "المصادر", "credits": "حقوق الصور"},
    "hi": {"chapters": "अध्याय", "sources": "स्रोत", "credits": "आभार"},
    "ja": {"chapters": "チャプター", "sources": "出典", "credits": "クレジット"},
}

CATEGORIES: dict[str, str] = {
    "general": "27",
    "education": "27",
    "science": "28",
    "technology": "28",
    "tech": "28",
    "finance": "27",
    "business": "27",
    "health": "26",
    "fitness": "17",
    "sports": "17",
    "travel": "19",
    "gaming": "20",
    "music": "10",
    "news": "25",
    "comedy": "23",
    "entertainment": "24",
    "cooking": "26",
    "food": "26",
    "diy": "26",
    "beauty": "26",
    "pets": "15",
    "cars": "2",
}
"""YouTube's category ids (videoCategories.list, region US): 27 education, 28 science and technology, 26 how-to, ..."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS: dict[str, frozenset[str]] = {
    "en": _words(
        """
        about above after again against also always because been before being below between both
        cannot could does doing down during each even every from further have having here hers
        himself into itself just like made make many more most much must myself never only other
        over really same should since some still such than that their them then there these they
        thing things this those through under until very well were what when where which while whom
        will with without would your yours yourself goes going come comes take takes video watch
        today know known called back around
        """
    ),
    "es": _words(
        """
        algo alguien alguna algunas alguno algunos ante antes aquel aquella como contra cual cuando
        cada desde donde dentro durante ella ellas ellos entre eran eres esta estaba estas este esto
        estos esas esos fueron había hace hacia hasta mientras mismo mucho muchos muy nada nosotros
        nuestra nuestro otra otras otro otros para pero poco porque puede pueden quien sean según
        siempre sido sino sobre solo también tanto tiene tienen toda todas todo todos tras unas unos
        vídeo video
        """
    ),
    "de": _words(
        """
        aber alle allem allen aller alles also andere anderen auch aufgrund ohne beim bereits dabei
        dadurch dafür damit danach dann dass dein deine dem denen denn dennoch deren dessen dich
        dies diese diesem diesen dieser dieses doch dort durch eine einem einen einer eines etwa
        etwas euch euer gibt haben hatte hatten hier immer jede jedem jeden jeder jedes jedoch jetzt
        kann kein keine können könnte machen mehr mein meine muss müssen nach nicht nichts noch oder
        schon sehr sein seine sich sind sogar solche soll über unter video viel viele vom warum weil
        weiter welche wenn werden wie wieder wird wurde wurden zwischen
        """
    ),
}
