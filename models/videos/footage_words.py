"""What to look for: a scene's text as searches in a library of clips. Pure rules, aware of the language."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from models.videos.contracts import Contract, Script, ScriptScene

MOST_WORDS = 5
"""More words than this find less in every library."""
SEARCHES = 3
_LETTERS = re.compile(r"[^\W_]+(?:[’'\-\u0300-\u036f\u064b-\u0652\u0900-\u097f\u200c\u200d]+[^\W_]*)*")
_POSSESSIVE = re.compile(r"['’]s$")
_ELIDED = re.compile(r"^(?:l|d|j|n|s|c|m|t|qu|un|all|dall|dell|nell|sull|quest)['’](?=\w)")
_JAPANESE = re.compile(r"[\u30a0-\u30ff]{2,}|[\u4e00-\u9fff々]{1,6}")
_HIRAGANA_OR_HAN = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


STOP: dict[str, frozenset[str]] = {
    "en": _set(
        "a an the of to in on for and or but nor so yet with without by from at as is are was were be been being am it "
        "its this that these those there here he she they them his her their you your we our us i me my not no do does "
        "did done has have had can could will would should may might must shall if then than when while where who whom "
        "whose what which why how all any both each few more most other some such only own same too very just into onto "
        "over under about after before between through during out up down off again further once because until against "
        "let lets make makes made get gets got like one two also still even ever never always often every much many"
    ),
    "es": _set(
        "el la los las un una unos unas de del al a ante con en para por sin sobre y e o u ni que qué se su sus le les "
        "lo me mi mis te tu tus nos es son era eran fue ser está están hay ha han más muy ya no sí como cómo cuando "
        "cuándo donde dónde quien quién cual cuál este esta estos estas ese esa eso esto aquel pero porque si también "
        "entre hasta desde todo toda todos todas cada otro otra otros otras uno dos tan solo así"
    ),
    "de": _set(
        "der die das den dem des ein eine einen einem einer eines und oder aber doch nicht kein keine keinen mit ohne "
        "von vom zu zum zur in im ins an am ans auf aus bei beim nach vor über unter für durch gegen um als wie wenn "
        "dann dass daß weil ob ist sind war waren sein wird werden wurde hat haben hatte kann können muss müssen soll "
        "sich es er sie wir ihr ich du man uns euch ihm ihn ihnen seine seinen mein dein dieser diese dieses diesen "
        "jener jede jeder jedes alle alles auch noch nur schon sehr so mehr was wer wo warum welche welcher hier da"
    ),
    "fr": _set(
        "le la les l un une des du de d au aux à en dans sur sous par pour avec sans et ou mais donc ni car que qui "
        "quoi dont où ce cet cette ces se s sa son ses leur leurs il elle ils elles on nous vous je tu me te ne n pas "
        "plus très est sont était être a ont avoir fait comme quand si tout toute tous toutes chaque autre autres aussi "
        "entre vers chez y c j m t qu"
    ),
    "pt": _set(
        "o a os as um uma uns umas de do da dos das em no na nos nas por pelo pela para com sem sob sobre e ou mas nem "
        "que quem se seu sua seus suas ele ela eles elas nós você vocês eu me te lhe é são era foi ser está estão há "
        "tem têm mais muito já não sim como quando onde qual este esta esse essa isso isto aquele porque também entre "
        "até desde todo toda todos todas cada outro outra só ao aos à às"
    ),
    "it": _set(
        "il lo la i gli le un uno una di del dello della dei degli delle a al allo alla ai agli alle da dal dalla in "
        "nel nella nei con su sul sulla per tra fra e ed o ma né che chi cui non più molto è sono era essere ha hanno "
        "si se suo sua suoi sue loro lui lei noi voi io mi ti ci vi come quando dove questo questa questi queste quello "
        "quella perché anche ogni tutto tutti altro altri così già"
    ),
    "ar": _set(
        "في من إلى على عن مع و أو ثم لا لم لن ما هذا هذه ذلك تلك هو هي هم نحن أنت أنا كان كانت يكون التي الذي الذين أن "
        "إن قد كل بعض غير بين عند حتى إذا لأن كما أي أكثر جدا بعد قبل هناك ليس"
    ),
    "hi": _set(
        "का की के को में से पर और या भी है हैं था थी थे हो होता होती होते यह ये वह वे इस उस इन उन एक नहीं न तो ही कि जो "
        "जब तब कैसे क्या क्यों कौन कहाँ लिए साथ बहुत सब कुछ कर करता करती करते करना रहा रही रहे गया गई गए अपने अपनी आप "
        "हम मैं तक"
    ),
}
"""Words that every sentence has; a search is better without them."""

_CAMERA = _set(
    "shot shots clip clips footage video film image picture photo photograph stock scene view showing shows show "
    "background broll b-roll close-up closeup plano toma imagen vídeo foto aufnahme bild szene ansicht vue plan "
    "imagem inquadratura"
)
"""Words about the picture rather than in it."""


class FootageSearch(Contract):
    """One search of a library."""

    words: tuple[str, ...]
    language: str

    @property
    def text(self) -> str:
        """The words as they are typed."""
        return " ".join(self.words)


def keywords(text: str, language: str) -> tuple[str, ...]:
    """The words of `text` that carry it, in their order, none twice, in composed form (NFC) and small letters.

    Japanese has no spaces: its runs of kanji and of katakana are its words.
    """
    text = unicodedata.normalize("NFC", text)
    if primary(language) == "ja" and _HIRAGANA_OR_HAN.search(text):
        found = _JAPANESE.findall(text)
    else:
        stop = STOP.get(primary(language), frozenset()) | (frozenset() if primary(language) in STOP else STOP["en"])
        elides = primary(language) in ("fr", "it", "ca")
        words = (_POSSESSIVE.sub("", word.strip("-’'").casefold()) for word in _LETTERS.findall(text))
        words = (_ELIDED.sub("", word) if elides else word for word in words)
        found = [word for word in words if word not in stop and word not in _CAMERA and (len(word) > 1 or not word.isascii())]
    return tuple(dict.fromkeys(word for word in found if not word.isdigit()))


def searches(script: Script, scene: ScriptScene) -> tuple[FootageSearch, ...]:
    """What to look for, the most telling search first: what the scene shows, its core, then what it says."""
    language = scene.language or script.language
    shown = keywords(scene.visual, _language_of(scene.visual, language))
    said = _telling(script, scene, language)
    wanted = [
        FootageSearch(words=shown[:MOST_WORDS], language=_language_of(scene.visual, language)),
        FootageSearch(words=shown[:2], language=_language_of(scene.visual, language)),
        FootageSearch(words=said[:3], language=language),
        FootageSearch(words=said[:1], language=language),
    ]
    found = dict.fromkeys(search for search in wanted if search.words)
    return tuple(found)[:SEARCHES]


def primary(language: str) -> str:
    """`pt` of `pt-BR`."""
    return language.replace("_", "-").partition("-")[0].casefold()


def _telling(script: Script, scene: ScriptScene, language: str) -> tuple[str, ...]:
    """The words of heading and narration, those that the scene is about first."""
    heading = keywords(scene.heading, language)
    said = keywords(scene.narration, language)
    counts = Counter(keyword for one in script.scenes for keyword in keywords(one.narration, language))
    about = {*keywords(script.title, language), *(word for tag in script.tags for word in keywords(tag, language))}

    def weight(word: str) -> float:
        # A word of the whole film beats a long one; one that every scene has says nothing of this scene.
        spread = counts[word] / max(1, len(script.scenes))
        return (2.0 if word in about else 0.0) + min(len(word), 10) / 10 - (1.5 if spread > 0.5 else 0.0)

    ranked = sorted(said, key=weight, reverse=True)
    return tuple(dict.fromkeys((*heading, *ranked)))


def _language_of(text: str, language: str) -> str:
    """Latin letters in a film of another script are English, as most picture descriptions are."""
    foreign = primary(language) in ("ar", "hi", "ja", "zh", "ko", "ru", "el", "he", "th", "uk", "bg")
    return "en" if foreign and text and text.isascii() else language
