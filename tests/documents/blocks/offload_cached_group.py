# cached group example
from qtasks.tasks import async_task, result_group
from qtasks.tasks import get_broker

# set up a broker instance for better performance
broker = get_broker()

# Async a hundred functions under a group label
for i in range(100):
    async_task('math.frexp',
            i,
            group='frexp',
            cached=True,
            broker=broker)

# wait max 50ms for one hundred results to return
result_group('frexp', wait=50, count=100, cached=True)
