"""What the world does to devices: a small tree of typed errors. Refuses to know any library's own errors.

Each says what was tried, on what, and what the person in the shop can do about it, in both languages.
"""


class PeripheralError(Exception):
    """Root of the tree; never raised itself."""

    code = "peripheral_error"
    sentence = "{what} failed on {on}"
    sentence_zh = "{on}：{what}失败"
    hint = "Look at the device and its cable, then try again."
    hint_zh = "请检查设备和连接线，然后重试。"

    def __init__(self, *, what: str, on: str, cause: str = "") -> None:
        """`what` was tried `on` which device or line; `cause` is the system's own word for it."""
        assert type(self) is not PeripheralError, "raise one of its children"
        self.what, self.on, self.cause = what, on, cause
        super().__init__(what, on, cause)

    def __str__(self) -> str:
        tail = f" ({self.cause})" if self.cause else ""
        return f"{self.detail}{tail}. {self.hint}"

    @property
    def detail(self) -> str:
        """The sentence in English."""
        return self.sentence.format(what=self.what, on=self.on)

    @property
    def detail_zh(self) -> str:
        """The sentence in Chinese."""
        return self.sentence_zh.format(what=self.what, on=self.on)


class LineError(PeripheralError):
    """A line to a device cannot be opened or used. Retrying may help."""


class LineMissing(LineError):
    """There is no such port or host."""

    code = "line_missing"
    sentence = "{on} is not there"
    sentence_zh = "找不到 {on}"
    hint = "Plug the device in and switch it on; check the port or address in the settings."
    hint_zh = "请插好设备并打开电源，并核对设置中的端口或地址。"


class LineRefused(LineError):
    """The line is there and will not be opened: in use, no permission, or refused by the other end."""

    code = "line_refused"
    sentence = "{on} cannot be opened"
    sentence_zh = "无法打开 {on}"
    hint = "Another program may be using it, or Kontor may lack permission (group dialout)."
    hint_zh = "可能被其他程序占用，或 Kontor 没有权限（dialout 用户组）。"


class NoSerialPort(LineRefused):
    """The file is there and is no terminal: a disk, a keyboard, a printer's node."""

    code = "no_serial_port"
    sentence = "{on} is no serial port"
    sentence_zh = "{on} 不是串口"
    hint = "Check the path in the settings; `kontor devices list` shows the ports of this machine."
    hint_zh = "请核对设置中的路径；`kontor devices list` 会列出本机的端口。"


class HostRefused(LineRefused):
    """A machine answers at the address, and takes no connection at the port."""

    sentence = "{on} refuses the connection"
    sentence_zh = "{on} 拒绝连接"
    hint = "Check host and port in the settings (network printers: 9100), and that the device has finished starting."
    hint_zh = "请核对设置中的地址和端口（网络打印机一般为 9100），并等设备启动完成。"


class LineLost(LineError):
    """The line was open and went away."""

    code = "line_lost"
    sentence = "The connection to {on} was lost"
    sentence_zh = "与 {on} 的连接已断开"
    hint = "Check the cable and the power of the device; Kontor reconnects by itself."
    hint_zh = "请检查连接线和设备电源，Kontor 会自动重新连接。"


class LineStuck(LineError):
    """The other end takes no more bytes."""

    code = "line_stuck"
    sentence = "{on} takes no more data"
    sentence_zh = "{on} 不再接收数据"
    hint = "Switch the device off and on again."
    hint_zh = "请关闭设备电源后重新打开。"


class NoAnswer(PeripheralError):
    """The line is open and the device says nothing. A state of its own, not a lost line."""

    code = "no_answer"
    sentence = "{on} does not answer"
    sentence_zh = "{on} 没有应答"
    hint = "Is the device switched on, and do driver, speed or address in the settings fit it?"
    hint_zh = "请确认设备已开机，并且设置中的驱动、速率或地址与设备一致。"


class NotUnderstood(PeripheralError):
    """The line is open and what comes is not the language of the settings: another driver, another speed, or a bad cable."""

    code = "garbled"
    sentence = "What {on} sends is not understood"
    sentence_zh = "收到 {on} 的数据，但无法识别"
    hint = (
        "Compare driver, speed and framing in the settings with the device's own. Release the line, and "
        "`kontor devices record` says which driver fits."
    )
    hint_zh = (
        "请核对设置中的驱动、速率和数据格式是否与设备一致；释放连接后，可用 kontor devices record 判断应使用哪种驱动。"
    )


class Flooding(PeripheralError):
    """More comes than a device can mean; it waits for its turn, and comes late."""

    code = "flooding"
    sentence = "{on} sends without end"
    sentence_zh = "{on} 不停地发送数据"
    hint = (
        "Unplug it and look at it. What it has sent already still arrives, one after another; "
        "releasing the line throws it away."
    )
    hint_zh = "请拔下设备并检查。已发送的数据仍会陆续到达，释放连接可将其丢弃。"


class DeviceFault(PeripheralError):
    """A driver stopped by a fault of ours; the other devices go on."""

    code = "driver_fault"
    sentence = "The driver of {on} stopped"
    sentence_zh = "{on} 的驱动程序已停止"
    hint = "Kontor starts it again by itself; if this repeats, send the log to support."
    hint_zh = "Kontor 会自动重新启动；如反复出现，请将日志发给技术支持。"


class UnknownDevice(PeripheralError):
    """No device of this name, or not of the class that was asked for."""

    code = "unknown_device"
    sentence = "There is no {what} named {on}"
    sentence_zh = "没有名为 {on} 的{what}"
    hint = "Check the device names in the settings."
    hint_zh = "请核对设置中的设备名称。"


class NotConnected(PeripheralError):
    """What was asked must happen now or not at all, and the device is not there."""

    code = "not_connected"
    sentence = "{on} is not connected"
    sentence_zh = "{on} 未连接"
    hint = "Check the cable and the power, and wait until the device shows as online."
    hint_zh = "请检查连接线和电源，等设备显示在线后再试。"


class PrintQueueFull(PeripheralError):
    """Too many jobs wait for this printer."""

    code = "print_queue_full"
    sentence = "Too many print jobs wait for {on}"
    sentence_zh = "{on} 的打印任务过多"
    hint = "Look at the printer: paper, cover, power. The waiting jobs print by themselves."
    hint_zh = "请检查打印机的纸张、上盖和电源，等待的任务会自动打印。"


class InvalidPrintJob(PeripheralError):
    """The job asks for what cannot be printed (a barcode of wrong data, too much text)."""

    code = "invalid_print_job"
    sentence = "This cannot be printed: {what}"
    sentence_zh = "无法打印：{what}"
    hint = "Correct the text or the code and print again."
    hint_zh = "请更正文字或条码后重新打印。"


class InvalidDeviceConfig(PeripheralError):
    """The settings of a device do not fit together."""

    code = "invalid_device_config"
    sentence = "The settings of {on} are wrong: {what}"
    sentence_zh = "{on} 的设置有误：{what}"
    hint = "Correct the [[devices]] entry in config.toml."
    hint_zh = "请更正 config.toml 中的 [[devices]] 条目。"
