"""Formats: what can be written; apart, so that naming them loads nothing else."""

from enum import StrEnum


class Format(StrEnum):
    """What can be written."""

    JSONSCHEMA = "jsonschema"
    PROTO = "proto"
    GO = "go"
    TYPESCRIPT = "typescript"
    JAVA = "java"
