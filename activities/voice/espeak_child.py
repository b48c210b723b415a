"""Speaks one text with espeak-ng in a process of its own, run as a plain file: `python -I -S espeak_child.py`.

The library is not thread-safe, may crash, and only its first call in a process is reproducible. Standard input: JSON
`{"library", "data", "text", "voice", "rate", "pitch", "range", "gap"}`. Standard output: one line of JSON
`{"sample_rate", "events": [[kind, position, length, sample], ...]}`, then 16-bit samples. Exit status 3: no such voice.
"""

import ctypes
import json
import sys

RETRIEVAL, UTF8, NO_EXIT = 2, 1, 0x8000
RATE, PITCH, RANGE, WORDGAP = 1, 3, 4, 7


class _Id(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class _Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    ]


def main() -> int:
    """Read the request, speak it, write the answer."""
    asked = json.load(sys.stdin)
    library = ctypes.CDLL(asked["library"])
    library.espeak_Initialize.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_char_p, ctypes.c_int]
    sample_rate = library.espeak_Initialize(RETRIEVAL, 0, asked["data"].encode(), NO_EXIT)
    if sample_rate <= 0:
        return 4
    if library.espeak_SetVoiceByName(asked["voice"].encode()) != 0:
        return 3
    for parameter, value in ((RATE, asked["rate"]), (PITCH, asked["pitch"]), (RANGE, asked["range"]), (WORDGAP, asked["gap"])):
        library.espeak_SetParameter(parameter, value, 0)
    sound = bytearray()
    events: list[tuple[int, int, int, int]] = []

    def collect(wave, count, happened):  # type: ignore[no-untyped-def]
        if wave and count:
            sound.extend(ctypes.string_at(wave, count * 2))
        index = 0
        while happened[index].type:
            event = happened[index]
            events.append((event.type, event.text_position, event.length, event.sample))
            index += 1
        return 0

    prototype = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event))
    callback = prototype(collect)
    library.espeak_SetSynthCallback(callback)
    text = asked["text"].encode() + b"\0"
    library.espeak_Synth.argtypes = [
        ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int, ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p,
        ctypes.c_void_p,
    ]  # fmt: skip
    if library.espeak_Synth(text, len(text), 0, 1, 0, UTF8, None, None) != 0:
        return 5
    sys.stdout.buffer.write(json.dumps({"sample_rate": sample_rate, "events": events}).encode() + b"\n" + bytes(sound))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
