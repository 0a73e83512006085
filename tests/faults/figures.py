"""The figures of the fault tests' queue, as an operator sees them."""

from qtasks import v1


async def figures_of(app):
    """The figures of the app's only queue."""
    connection = await app.home.open()
    request = v1.ListQueuesRequest(app=app.name)
    (queue,) = (await connection.broker.list_queues(request)).queues
    return queue


async def assert_nothing_burned(app, handles):
    """Each task had one attempt, and none lost its worker."""
    for handle in handles:
        status = await app.status(handle.uuid)
        assert (status.attempt, status.losses) == (1, 0), status
    figures = await figures_of(app)
    assert (figures.lost_total, figures.refused_total) == (0, 0)
