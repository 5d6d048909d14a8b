"""Litestar as every site uses it: with msgspec's types, and nothing loaded for those of others."""

from litestar import Litestar
from litestar.plugins import PluginProtocol
from litestar.plugins.core import MsgspecDIPlugin


class Application(Litestar):
    """Left to itself Litestar loads pydantic and attrs wherever something else has installed them: 8 MB and a tenth of a
    start, for types that no site has. It offers no setting for that, only this method of its own."""

    __slots__ = ()

    @staticmethod
    def _get_default_plugins(plugins: list[PluginProtocol]) -> list[PluginProtocol]:
        return [*plugins, MsgspecDIPlugin()]
