"""Typed tasks: services and messages made of what tasks are registered with; pure.

In the order of the way from a registration to a call:

    naming      what things are called in a `.proto` file
    shapes      what values look like there
    schema      from a JSON Schema to a shape
    sharing     a model of several tasks is one message
    numbering   which field has which number, for good
    services    what the tasks of an app are as calls
    drafts      the names and the shapes of a registered task
    tasks       from the registrations of an app to its services and messages
    descriptors the file that protobuf knows them by
    arguments   from a request to what a task is submitted with
    results     from what a task gave to a response

Whoever makes them more than once keeps an `Allocation` and gives it again, so that names
and numbers stay.
"""

from qtasks.typed.arguments import Arguments
from qtasks.typed.descriptors import file_of, pool_of
from qtasks.typed.numbering import Allocation, NumberTaken
from qtasks.typed.results import Results
from qtasks.typed.services import TypedApp, TypedTask
from qtasks.typed.tasks import typed_app

__all__ = [
    "Allocation",
    "Arguments",
    "NumberTaken",
    "Results",
    "TypedApp",
    "TypedTask",
    "file_of",
    "pool_of",
    "typed_app",
]
