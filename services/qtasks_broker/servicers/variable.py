"""VariableService: small values that all processes of an app share."""

from typing import Any

from qtasks import v1
from qtasks.abc import Broker


class VariableServicer:
    """Small values that all processes of an app share."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def GetVariables(self, request: v1.GetVariablesRequest, context: Any) -> Any:
        return await self._broker.get_variables(request)

    async def SetVariables(self, request: v1.SetVariablesRequest, context: Any) -> Any:
        return await self._broker.set_variables(request)

    async def SwapVariable(self, request: v1.SwapVariableRequest, context: Any) -> Any:
        return await self._broker.swap_variable(request)
