"""The languages of scales we have, by name. To add one: its file here, its simulator, and a row in each table."""

from typing import Final

from peripherals.protocols import (
    adam_line,
    and_csv,
    and_standard,
    cas_type6,
    configurable_line,
    dialog06,
    dibal98,
    mt_sics,
    nci,
    ohaus_line,
    sartorius_sbi,
    sma,
    status_line,
    stx_status_line,
    toledo8217,
    toledo_continuous,
    usb_hid_scale,
    yaohua,
)
from peripherals.protocols.frame_outcome import FrameOutcome
from peripherals.protocols.scale_protocol import NO_SETTINGS, ScaleProtocol, ScaleSettings

SCALES: Final[dict[str, ScaleProtocol]] = {
    module.PROTOCOL.name: module.PROTOCOL
    for module in (
        toledo8217,
        toledo_continuous,
        status_line,
        stx_status_line,
        and_standard,
        and_csv,
        nci,
        sma,
        mt_sics,
        cas_type6,
        dialog06,
        ohaus_line,
        adam_line,
        sartorius_sbi,
        usb_hid_scale,
        dibal98,
        yaohua,
        configurable_line,
    )
}


def devices_parse(protocol: str, frame: bytes, settings: ScaleSettings = NO_SETTINGS) -> FrameOutcome:
    """Reads one frame by its protocol's name; an unknown name is a `KeyError` for the command to explain."""
    return SCALES[protocol].read(frame, settings)
