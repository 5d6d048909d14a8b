"""The kit's own refusals in both languages. A code, once published, keeps its meaning."""

import msgspec


class ProblemText(msgspec.Struct, frozen=True, gc=False):
    status: int
    title: str
    title_zh: str
    detail: str
    detail_zh: str


def _text(status: int, title: str, title_zh: str, detail: str, detail_zh: str) -> ProblemText:
    return ProblemText(status, title, title_zh, detail, detail_zh)


# Words in braces are filled in by `problem.make`.
TEXTS: dict[str, ProblemText] = {
    "bad_request": _text(400, "Bad request", "请求有误", "The request cannot be understood.", "无法理解该请求。"),
    "malformed_json": _text(
        400,
        "Not JSON",
        "不是有效的 JSON",
        "The body is not well-formed JSON: {reason}.",
        "请求正文不是有效的 JSON：{reason}。",
    ),
    "invalid_value": _text(
        400,
        "Wrong or missing value",
        "数值缺失或类型不符",
        "Some values are missing or of the wrong type; see errors.",
        "部分内容缺失或类型不符，详见 errors。",
    ),
    "bad_cursor": _text(
        400,
        "Unknown place in the list",
        "列表位置无效",
        'The value of "after" is not one this list has given out. Start again without it.',
        "“after” 的值不是此列表给出的，请去掉它重新开始。",
    ),
    "unauthenticated": _text(
        401, "Sign-in needed", "需要登录", "Sign in, or send an API token.", "请先登录，或附上 API 令牌。"
    ),
    "session_expired": _text(
        401, "Session ended", "登录已失效", "This session has ended. Sign in again.", "本次登录已结束，请重新登录。"
    ),
    "token_invalid": _text(
        401,
        "Token not valid",
        "令牌无效",
        "The API token is damaged or was not made by this site.",
        "API 令牌已损坏，或不是由本站点签发的。",
    ),
    "token_wrong_site": _text(
        401,
        "Token of another site",
        "令牌属于其他站点",
        "The API token was made for another site than {site}.",
        "该 API 令牌不是为站点 {site} 签发的。",
    ),
    "token_expired": _text(
        401,
        "Token expired",
        "令牌已过期",
        "This API token has expired, or this site's clock stands before it was made. Make a new one with `kontor token`.",
        "该 API 令牌已过期，或本站点的时钟早于令牌的签发时间。请用 `kontor token` 重新签发。",
    ),
    "token_revoked": _text(
        401, "Token withdrawn", "令牌已撤销", "This API token has been withdrawn.", "该 API 令牌已被撤销。"
    ),
    "wrong_secret": _text(
        401,
        "Not recognised",
        "验证失败",
        "The name and the PIN or password do not fit.",
        "姓名与 PIN 码或密码不符。",
    ),
    "forbidden": _text(
        403, "Not allowed", "没有权限", "This needs the role {role} or higher.", "此操作需要“{role_zh}”或更高权限。"
    ),
    "password_needed": _text(
        403,
        "Password needed",
        "需要密码登录",
        "This page needs a sign-in with a password, not with a PIN.",
        "此页面须用密码登录，不能用 PIN 码登录。",
    ),
    "csrf": _text(
        403,
        "Page out of date",
        "页面已过期",
        "The request lacks this session's form token. Reload the page and try again.",
        "请求缺少本次登录的表单令牌，请刷新页面后重试。",
    ),
    "wrong_origin": _text(
        403,
        "Foreign page",
        "来源不符",
        "The request comes from a page of another site and was refused.",
        "该请求来自其他网站的页面，已被拒绝。",
    ),
    "not_found": _text(404, "Not found", "未找到", "There is nothing at this address.", "此地址没有内容。"),
    "method_not_allowed": _text(
        405,
        "Method not allowed",
        "不支持该方法",
        "This address does not answer that method.",
        "此地址不支持该请求方法。",
    ),
    "conflict": _text(
        409, "Conflict", "冲突", "The request conflicts with what is stored.", "该请求与已保存的内容冲突。"
    ),
    "too_large": _text(
        413,
        "Too large",
        "内容过大",
        "The body may be at most {bytes_max} bytes.",
        "请求正文不能超过 {bytes_max} 字节。",
    ),
    "unsupported_media_type": _text(
        415,
        "Unsupported content type",
        "不支持的内容类型",
        "Send JSON with content type application/json.",
        "请发送 JSON，并将内容类型设为 application/json。",
    ),
    "rejected": _text(
        422, "Refused", "未被接受", "The request was understood and refused.", "请求内容可以理解，但未被接受。"
    ),
    "rate_limited": _text(
        429,
        "Too many requests",
        "请求过于频繁",
        "At most {per_second} requests a second are answered. Wait a moment.",
        "每秒最多处理 {per_second} 个请求，请稍候。",
    ),
    "locked_out": _text(
        429,
        "Locked for a while",
        "暂时锁定",
        "Too many failed attempts. Try again in {minutes} min.",
        "失败次数过多，请在 {minutes} 分钟后重试。",
    ),
    "busy": _text(503, "Busy", "系统繁忙", "The gateway is busy. Try again in a moment.", "网关正忙，请稍后重试。"),
    "disk_full": _text(
        503,
        "The disk is full",
        "磁盘已满",
        "The gateway's disk is full, so this could not be saved. Free some space; tills send again by themselves.",
        "网关磁盘已满，内容未能保存。请腾出空间；收银台会自动重新发送。",
    ),
    "too_many_streams": _text(
        503,
        "Too many open pages",
        "打开的页面过多",
        "Too many pages are listening for live changes. Close one and reload.",
        "接收实时更新的页面过多，请关闭一些后刷新。",
    ),
    "internal": _text(
        500,
        "Fault in the gateway",
        "网关内部故障",
        "Something went wrong here. Name the incident {incident} to support.",
        "网关出现故障，请向技术支持提供事件编号 {incident}。",
    ),
}

ROLE_ZH = {"cashier": "收银员", "manager": "店长", "admin": "管理员"}
