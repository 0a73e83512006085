"""The app whose worker calls what is offloaded."""

from qtasks import QueueTasks
from qtasks.config import QueueConfig

app = QueueTasks(name="offloading", config=QueueConfig(importable=["math.*"]))
