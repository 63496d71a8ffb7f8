"""The references of the exercises: a module for each chapter, whose `exercises()` gives label -> exercise.

A reference is computed by another route than the chapter's solution. Heavy imports stand inside `exercises`.
"""
