"""The wire: messages of `proto/qtasks/v1`, generated; never edit the other files."""

from qtasks.v1.event_pb2 import *
from qtasks.v1.payload_pb2 import *
from qtasks.v1.queue_service_pb2 import *
from qtasks.v1.schedule_service_pb2 import *
from qtasks.v1.stats_service_pb2 import *
from qtasks.v1.task_pb2 import *
from qtasks.v1.task_service_pb2 import *
from qtasks.v1.variable_service_pb2 import *
from qtasks.v1.worker_service_pb2 import *
