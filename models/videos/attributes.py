"""The search attributes of a run by name: what it can be found by in the Temporal UI and CLI."""

SEARCH_ATTRIBUTES = {
    "VideoChannel": "Keyword",
    "VideoUser": "Keyword",
    "VideoTier": "Keyword",
    "VideoStatus": "Keyword",
    "VideoStep": "Keyword",
    "VideoCost": "Double",
}
"""Name and type of each, as the server wants them registered; `workflows.attributes` types them for workflows."""
