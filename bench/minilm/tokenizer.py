# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""WordPiece tokenizer of uncased BERT models.

Text is cleaned, lower-cased and stripped of accents, split at white space and around punctuation and CJK ideographs; each
word is then cut greedily into the longest pieces of the vocabulary (Wu et al., 2016, and Devlin et al., 2018). Special
tokens inside the text are treated as text.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

MAX_WORD_LENGTH = 100

# First and last code points of the ideographs that count as words of their own.
IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B920, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)


def is_ideograph(character: str) -> bool:
    """Chinese, and what other languages share with it."""
    point = ord(character)
    return any(first <= point <= last for first, last in IDEOGRAPHS)


def is_punctuation(character: str) -> bool:
    """Unicode punctuation and every ASCII sign that is neither letter nor digit."""
    if character.isascii():
        return character.isprintable() and not character.isalnum() and character != " "
    return unicodedata.category(character).startswith("P")


def is_dropped(character: str) -> bool:
    """Control, format and private characters other than white space, and the replacement character."""
    if character in "\t\n\r":
        return False
    return character in "\0\ufffd" or unicodedata.category(character) in ("Cc", "Cf", "Co")


def words_of(text: str) -> list[str]:
    """The words and signs of a text in the form in which the vocabulary has them."""
    cleaned = "".join(character for character in text if not is_dropped(character))
    spaced = "".join(f" {character} " if is_ideograph(character) else character for character in cleaned)
    decomposed = unicodedata.normalize("NFD", spaced)
    plain = "".join(character.lower() for character in decomposed if unicodedata.category(character) != "Mn")
    return "".join(f" {character} " if is_punctuation(character) else character for character in plain).split()


class Tokenizer:
    """Turns sentences into token ids with the vocabulary of a file, one token a line."""

    def __init__(self, vocabulary: Path, max_length: int = 256) -> None:
        tokens = vocabulary.read_text(encoding="utf-8").splitlines()
        self._ids = {token: index for index, token in enumerate(tokens)}
        self._unknown, self._pad = self._ids["[UNK]"], self._ids["[PAD]"]
        self._begin, self._end = self._ids["[CLS]"], self._ids["[SEP]"]
        self._max_length = max_length

    def pieces(self, word: str) -> list[int]:
        """Ids of the longest pieces that make up a word; that of [UNK] if there are none."""
        if len(word) > MAX_WORD_LENGTH:
            return [self._unknown]
        ids, start = [], 0
        while start < len(word):
            prefix = "##" if start else ""
            for end in range(len(word), start, -1):
                piece = self._ids.get(prefix + word[start:end])
                if piece is not None:
                    break
            else:
                return [self._unknown]
            ids.append(piece)
            start = end
        return ids

    def encode(self, text: str) -> list[int]:
        """[CLS], the pieces, [SEP], cut to the maximal length."""
        ids = [piece for word in words_of(text) for piece in self.pieces(word)]
        return [self._begin, *ids[: self._max_length - 2], self._end]

    def batch(self, texts: Sequence[str]) -> dict[str, np.ndarray]:
        """The encoder's inputs for several sentences, padded to the longest: i64 [batch, seq] each."""
        rows = [self.encode(text) for text in texts]
        length = max(map(len, rows))
        return {
            "input_ids": _padded(rows, length, self._pad),
            "attention_mask": _padded(([1] * len(row) for row in rows), length, 0),
            "token_type_ids": np.zeros((len(rows), length), np.int64),
        }


def _padded(rows: Iterable[list[int]], length: int, filler: int) -> np.ndarray:
    return np.array([row + [filler] * (length - len(row)) for row in rows], np.int64)
