"""How a device is, in words for the person in the shop. Refuses to know how it came to be so."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from peripherals.errors import PeripheralError
from peripherals.events import Condition, ConditionState, DeviceClass

Life = Literal["closed", "opened", "claimed", "enabled"]
"""UnifiedPOS's steps. `closed`: released by a person. `opened`: looked for, its line is not ours. `claimed`: its line is
ours, and it has said nothing. `enabled`: it answers, or only listens and is written to."""


DEVICE_TROUBLE: Final[frozenset[ConditionState]] = frozenset({"offline", "error", "not_answering"})
"""States in which somebody should look. A device that never answers is `unknown`, which is no trouble by itself."""


class DeviceState(msgspec.Struct, frozen=True, rename={"device_class": "class"}):
    """How a device is, for a page: `detail` and `hint` are sentences in both languages, `code` is stable."""

    name: str
    device_class: DeviceClass
    driver: str
    state: ConditionState
    life: Life
    code: str
    detail: str
    detail_zh: str
    hint: str
    hint_zh: str
    since: datetime
    last_event: datetime | None = None


def life(condition: Condition, *, connected: bool) -> Life:
    """How far a device has come."""
    if condition.code == "released":
        return "closed"
    if not connected:
        return "opened"
    heard = condition.state in {"online", "error"} or condition.code in {"listens_only", "no_status"}
    return "enabled" if heard else "claimed"


def words(condition: Condition, problem: PeripheralError | None) -> tuple[str, str, str, str]:
    """Detail and hint, each in English and Chinese; a problem speaks for itself."""
    if problem is not None:
        return problem.detail, problem.detail_zh, problem.hint, problem.hint_zh
    return _CONDITION_WORDS[condition.code]


_CONDITION_WORDS = {
    "ok": ("Ready", "就绪", "", ""),
    "released": (
        "Released for another program",
        "已释放，供其他程序使用",
        "Take it up again on the devices page when you are done.",
        "用完后请在“设备”页面重新启用。",
    ),
    "not_opened": ("Not opened yet", "尚未打开", "", ""),
    "not_asked": ("Connected, waiting for the first answer", "已连接，等待首次应答", "", ""),
    "not_heard": (
        "Connected, nothing heard yet",
        "已连接，尚未收到数据",
        "A scale that prints by its key speaks when the key is pressed.",
        "按键打印的电子秤，按下打印键后才会发送数据。",
    ),
    "needs_vendor_key": (
        "The scale asks for the maker's key and weighs for nobody without it",
        "电子秤要求厂商密钥，没有密钥不会称重",
        "Ask the scale's dealer for the key and set it as vendor_key, or set the scale to another protocol.",
        "请向电子秤经销商索取密钥并填入 vendor_key，或将电子秤改为其他协议。",
    ),
    "vendor_key_refused": (
        "The scale does not accept the maker's key",
        "电子秤不接受厂商密钥",
        "Compare vendor_key in the settings with what the scale's dealer gave.",
        "请核对设置中的 vendor_key 与经销商提供的密钥是否一致。",
    ),
    "no_scanner": (
        "It does not send codes as a HID scanner",
        "此设备不是以 HID POS 方式发送条码的扫码枪",
        "Set the scanner to HID POS with a code of its manual, or use the driver keyboard-scanner or serial-scanner.",
        "请用说明书中的设置码将扫码枪改为 HID POS 模式，或改用 keyboard-scanner、serial-scanner 驱动。",
    ),
    "no_status": (
        "Connected, gives no status",
        "已连接，但不返回状态",
        "Prints may work; whether they came out must be looked at.",
        "可能可以打印，请查看是否已打印出来。",
    ),
    "listens_only": (
        "Connected; it listens only and never answers",
        "已连接；此设备只接收、不应答",
        "Whether it works must be looked at.",
        "是否正常工作请直接查看设备。",
    ),
    "paper_near_end": ("Paper is nearly used up", "纸快用完了", "Keep a new roll ready.", "请准备好新的纸卷。"),
    "paper_end": (
        "Out of paper",
        "缺纸",
        "Put in a new roll; waiting jobs print by themselves.",
        "请装入新纸卷，等待的任务会自动打印。",
    ),
    "cover_open": ("The cover is open", "上盖已打开", "Close the cover.", "请合上上盖。"),
    "error": (
        "The printer reports a fault",
        "打印机报告故障",
        "Look for jammed paper at the knife, then switch it off and on.",
        "请检查切刀处是否卡纸，然后关机再开机。",
    ),
    "offline": (
        "The printer is offline",
        "打印机脱机",
        "Press the printer's online button, or wait while it feeds.",
        "请按打印机的联机键，或等待走纸完成。",
    ),
}
