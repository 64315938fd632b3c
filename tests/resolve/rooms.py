"""Rooms made for a test."""

from types import ModuleType


def room(**members):
    made = ModuleType("room")
    vars(made).update(members, __all__=list(members))
    return made
