# broker connection economy example
from qtasks.tasks import async_task
from qtasks.tasks import get_broker

broker = get_broker()
for i in range(50):
    async_task('math.modf', 2.5, broker=broker)
