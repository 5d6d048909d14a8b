"""How replication stands, in figures and in plain words of both languages. Pure facts for pages and the API."""

import enum
from typing import Final

import msgspec


class State(enum.StrEnum):
    """What a manager should know at a glance."""

    CURRENT = "current"
    CATCHING_UP = "catching_up"
    OFFLINE = "offline"
    BLOCKED = "blocked"
    FENCED = "fenced"


class Words(msgspec.Struct, frozen=True):
    """One sentence in both languages."""

    en: str
    zh: str


class Trouble(msgspec.Struct, frozen=True):
    """Why things do not move: a stable code, a sentence for people, and the technical detail."""

    code: str
    words: Words
    detail: str = ""


class ReplicationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where the branch's journal stands against headquarters.

    `applied_seq` is what headquarters has committed, `durable_seq` what is also in its last verified backup; `waiting`
    counts entries beyond `applied_seq`; `lag_seconds` is how long the oldest of them has waited.
    """

    head_seq: int
    applied_seq: int
    durable_seq: int
    epoch: int
    lag_seconds: float
    state: State
    waiting: int
    last_error: Trouble | None = None


_SENTENCES: Final = {
    "line_down": Words(
        "No connection to headquarters' server. The shop goes on; everything is sent when the line is back.",
        "与总部服务器的连接已断开。门店照常营业，线路恢复后会自动发送全部数据。",
    ),
    "timeout": Words(
        "Headquarters' server did not answer in time. It is tried again by itself.",
        "总部服务器未及时应答，系统会自动重试。",
    ),
    "nobody_listens": Words(
        "The server answers, but headquarters is not running. It is tried again by itself.",
        "服务器有应答，但总部程序没有运行，系统会自动重试。",
    ),
    "stream_full": Words(
        "Headquarters' server takes no more of this store until headquarters has caught up.",
        "总部服务器暂不接收本店更多数据，需等总部处理完积压。",
    ),
    "too_large": Words(
        "A batch is larger than headquarters' server allows. Its message size limit must be raised.",
        "有一批数据超过总部服务器允许的大小，需要调高服务器的消息上限。",
    ),
    "refused_by_server": Words(
        "Headquarters' server refused this store's data. Its settings must be looked at.",
        "总部服务器拒收本店数据，请检查服务器设置。",
    ),
    "fork": Words(
        "This store's journal and headquarters' copy tell different histories. Nothing is sent until a person decides.",
        "本店流水与总部副本的历史不一致。在人工处理之前，不再发送任何数据。",
    ),
    "behind": Words(
        "Headquarters knows entries that this store's journal does not hold, as after restoring an old backup.",
        "总部已有的部分流水在本店并不存在，可能是恢复了旧备份。",
    ),
    "pruned": Words(
        "Headquarters asks for entries that this store no longer holds.",
        "总部需要的部分流水在本店已经清理。",
    ),
    "blocked": Words(
        "Headquarters could not apply an entry of this store and has stopped there. The store keeps selling.",
        "总部无法处理本店的一条流水，已在该处停止。门店可继续营业。",
    ),
    "unknown_version": Words(
        "Headquarters does not understand this store's software version yet. Headquarters is updated first.",
        "总部尚不支持本店的软件版本，请先升级总部。",
    ),
    "unknown_outbox_kind": Words(
        "Headquarters sent something that this store's software does not know yet. This store must be updated.",
        "总部下发了本店软件尚不认识的内容，请升级本店软件。",
    ),
    "bad_outbox": Words(
        "What headquarters sent does not fit together. Nothing of it is applied; it is asked for again.",
        "总部下发的内容前后不符，未作任何处理，系统会重新获取。",
    ),
    "store_busy": Words(
        "The ledger has much to write; what headquarters sent is applied in a moment.",
        "账本正忙，总部下发的内容稍后处理。",
    ),
    "internal": Words(
        "Replication met an unexpected fault and starts again by itself.",
        "数据同步遇到意外故障，正在自动重新启动。",
    ),
}


def trouble(code: str, detail: str = "") -> Trouble:
    """A trouble by its code; an unknown code keeps its detail as the sentence."""
    words = _SENTENCES.get(code)
    return Trouble(code, words or Words(detail or code, detail or code), detail)
