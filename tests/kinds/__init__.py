"""Kinds of fault, ended: members made by a grammar or from a list of the code's own, judged by what is not our code."""
