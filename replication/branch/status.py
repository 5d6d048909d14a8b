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
    "differs": Words(
        "This store's journal and headquarters' copy differ. Headquarters is finding where; nothing is lost.",
        "本店流水与总部副本有出入，总部正在查找分歧之处，数据不会丢失。",
    ),
    "behind": Words(
        "Headquarters knows entries that this store's journal does not hold, as after restoring an old backup. They are"
        " fetched back by themselves.",
        "总部已有的部分流水在本店并不存在，可能是恢复了旧备份。系统会自动取回。",
    ),
    "rebasing": Words(
        "This store takes back from headquarters what its own journal lacks. Selling goes on; the rest is sent afterwards.",
        "本店正从总部取回缺少的流水。门店照常营业，其余数据随后发送。",
    ),
    "outgrown": Words(
        "The store sold more than foreseen while its journal was joined with headquarters'. It is tried again by itself.",
        "合并流水期间门店的销售超出预留范围，系统会自动重试。",
    ),
    "other_history": Words(
        "What headquarters handed out does not fit this store's journal. It is asked for again by itself.",
        "总部发回的流水与本店流水不衔接，系统会自动重新获取。",
    ),
    "not_staged": Words(
        "What headquarters handed out is not complete yet. It is asked for again by itself.",
        "总部发回的流水尚不完整，系统会自动重新获取。",
    ),
    "not_held": Words(
        "Headquarters could not hand out the entries this store lacks. It is tried again by itself.",
        "总部未能发回本店缺少的流水，系统会自动重试。",
    ),
    "bad_pull": Words(
        "What headquarters handed out was damaged on the way. It is asked for again by itself.",
        "总部发回的数据在传输中损坏，系统会自动重新获取。",
    ),
    "headquarters_changed": Words(
        "Headquarters was restarted meanwhile. It is tried again by itself.",
        "总部在此期间重新启动，系统会自动重试。",
    ),
    "later": Words(
        "Headquarters is busy with many stores and asks this one to wait a little.",
        "总部正忙于处理众多门店，请本店稍候。",
    ),
    "other_device": Words(
        "Headquarters does not know this device as this store's. It must be approved there; what is sold here is kept.",
        "总部未认可这台设备为本店设备，需在总部批准。此处的销售数据均会保留。",
    ),
    "replaced": Words(
        "Another device has taken this one's place. What was sold here reaches headquarters; switch this device off.",
        "这台设备已被替换。此处的销售数据会送达总部，请停用这台设备。",
    ),
    "copy": Words(
        "A second device with this store's identity is running, such as a copied card. Switch one of them off; what either"
        " sold is kept.",
        "另有一台设备正以本店身份运行，例如复制的存储卡。请关闭其中一台；两台的销售数据都会保留。",
    ),
    "fenced": Words(
        "Headquarters does not accept this device as this store's.",
        "总部不认可这台设备为本店设备。",
    ),
    "unknown_branch": Words(
        "Headquarters does not know a store of this name.",
        "总部没有以此为名的门店。",
    ),
    "bad_hello": Words(
        "Headquarters could not make sense of what this store says of its journal. A technician must look at it.",
        "总部无法理解本店对自身流水的说明，请联系技术人员。",
    ),
    "pruned": Words(
        "Headquarters asks for entries that this store no longer holds. A technician must look at it; selling goes on.",
        "总部需要的部分流水在本店已经清理，请联系技术人员。门店可继续营业。",
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
