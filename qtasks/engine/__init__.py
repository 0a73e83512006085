"""The queue by role, over any storage.

::

    submitter ──▶ storage ◀── promoter, janitor          (time makes tasks ready or old)
        ▲                     scheduler ──▶ submitter    (time makes tasks)
                    │ ▲
        dispatcher  ▼ │ settler                          (credit in, reports out)
                  session ◀──▶ worker
                    │
        lessor ─────┘            keeps sessions alive, takes back from the dead
        notifier                 tells watchers; reads the log for those behind
        registry                 who serves what
        defaults                 what tasks were registered with fills their submits

Every role takes the storage and what it needs of the others, and `LocalBroker` puts them
together. A role that runs by itself has a `run` method, started in the broker's task
group. Roles hold no state of a task that the storage does not have: what is in memory is
who is connected, what they hold and what they follow, all of it found again by the next
broker a worker or watcher turns to.
"""
