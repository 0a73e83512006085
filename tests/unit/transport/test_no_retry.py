"""Which statuses tell gRPC not to repeat a call by itself."""

import pytest

from qtasks import errors
from qtasks.transport.status import NO_RETRY, RichStatus


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (errors.StorageUnavailable, True),
        (errors.BrokerUnavailable, False),
        (errors.BrokerDraining, False),
    ],
)
def test_only_a_storage_that_is_away_is_not_asked_again(error, told):
    assert (NO_RETRY in RichStatus(error()).trailing_metadata) is told
