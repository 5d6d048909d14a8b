"""What is wrong with a recipe, or with what was made by one, as sentences in both languages."""

from typing import Final

from replication.wire.sentence import Sentence

RECIPE_SENTENCES: Final[dict[str, Sentence]] = {
    "share_out_of_range": Sentence(
        "Shares are basis points up to 10000 (100 %), and all by-products together bear no more.",
        "比例以万分比填写，不超过 10000（即 100%），所有副产品合计也不得超过。",
    ),
    "ratio_not_needed": Sentence(
        "A ratio is for a unit that the item does not have; leave it out for its base unit and its packs.",
        "换算比例只用于商品没有的单位；基本单位和包装单位无需填写。",
    ),
    "bad_ratio": Sentence(
        "Both numbers of a ratio are whole, from 1 to {limit}.", "换算比例的两个数都必须是 1 到 {limit} 的整数。"
    ),
    "step_twice": Sentence("Two steps have the same name.", "有两道工序同名。"),
    "days_out_of_range": Sentence(
        "Minutes of a step and days of shelf life are between 0 and {limit}.", "工序分钟数和保质期天数必须在 0 到 {limit} 之间。"
    ),
    "not_own_recipe": Sentence(
        "What is made when it is sold is made by the item's own recipe: give it the code {item}.",
        "销售时扣料的配方必须是商品自己的配方：编码应为 {item}。",
    ),
    "by_product_of_sale": Sentence(
        "What is made when it is sold has no by-products: nobody would put them away.", "销售时扣料的配方不能有副产品：无人入库。"
    ),
    "named_goods_of_sale": Sentence(
        "{item} is kept by lot or serial number, which nobody names when a dish is sold.",
        "{item} 按批次或序列号管理，销售菜品时无人填写。",
    ),
    "recipe_in_circle": Sentence("The recipe goes in a circle: {loop}.", "配方循环引用：{loop}。"),
    "recipe_too_deep": Sentence(
        "Recipe {recipe} would stand on more than {limit} levels of recipes.", "配方 {recipe} 的层级将超过 {limit} 层。"
    ),
    "recipe_too_broad": Sentence(
        "Recipe {recipe} would take more than {limit} different components in all.", "配方 {recipe} 展开后的原料将超过 {limit} 种。"
    ),
    "unknown_recipe": Sentence(
        "There is no recipe {recipe} in use; nothing was compared.", "没有在用的配方 {recipe}，未作比对。"
    ),
    "recipe_makes_other": Sentence("Recipe {recipe} makes {item}, not {other}.", "配方 {recipe} 生产的是 {item}，不是 {other}。"),
    "step_ends_before_it_starts": Sentence("Step {step} ends before it starts.", "工序“{step}”的完工时间早于开工时间。"),
    "no_such_recipe": Sentence("There is no recipe {recipe} in use.", "没有在用的配方 {recipe}。"),
    "work_order_differs": Sentence(
        "This id belongs to another work order or document; a new one needs a new id.", "此编号已属于另一份工单或单据，新工单请使用新编号。"
    ),
    "work_order_closed": Sentence("The work order is completed or cancelled.", "工单已完工或已取消。"),
    "work_order_waits": Sentence("What came of the work order waits for approval.", "工单的完工结果正在等待批准。"),
    "work_order_went_on": Sentence("Somebody went on with the work order meanwhile; try again.", "工单刚有新的进度，请重试。"),
    "step_started": Sentence("Somebody else began step {step}.", "工序“{step}”已由他人开工。"),
    "step_not_started": Sentence("Nobody began step {step}.", "工序“{step}”尚未开工。"),
    "step_finished": Sentence("Step {step} was finished with another figure.", "工序“{step}”已完工，数量不同。"),
    "step_unfinished": Sentence("Step {step} is not finished.", "工序“{step}”尚未完工。"),
    "nothing_made": Sentence("Everything was scrapped: say how much is good.", "已全部报废，请填写合格数量。"),
    "over_recipe": Sentence(
        "{item}: the recipe asks for {planned}, {actual} was used.", "{item}：配方用量 {planned}，实际用量 {actual}。"
    ),
    "component_short": Sentence(
        "{item}, {location}: {on_hand} on hand would become {after}; the recipe takes it.",
        "{item}（{location}）现有 {on_hand}，按配方扣减后为 {after}。",
    ),
    "expired_component": Sentence("{item}: lot {lot} expired on {expiry}.", "{item}：批次 {lot} 已于 {expiry} 过期。"),
}  # fmt: skip

RECIPE_BRIEF: Final[dict[str, Sentence]] = {
    "unknown_recipe": Sentence("The recipe named is not in use; nothing was compared.", "所填配方不在用，未作比对。"),
    "over_recipe": Sentence("Used other quantities than the recipe asks for.", "实际用量与配方不符。"),
    "component_short": Sentence("The book had too little of a component.", "原料账面库存不足。"),
    "expired_component": Sentence("A component was past its expiry date.", "所用原料已过期。"),
}
"""Without a finding's figures, as a stored document tells its warnings."""
