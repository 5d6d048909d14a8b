"""A small shop: people with their PINs, and items as the catalogue carries them."""

from typing import Any

PEOPLE = {
    "lin": ("Lin Yue", "cashier", "1111", "林月"),
    "chen": ("Chen Wei", "manager", "2222", "陈伟"),
    "admin": ("Admin", "admin", "9999", "管理员"),
}
TEA, MILK, APPLES, LABEL = "9521101530001", "9521101530018", "9521101530025", "2112345012346"
PRICED = "2212345032495"  # a label that says what is to be paid
WEIGHED_AND_PRICED = "201234503000012349"  # a Chinese one that says both, at another price than the list's
SINGLE_PIECE = "]d201095211015300322" + "1S-9"  # a DataMatrix with a serial number


def items() -> list[list[Any]]:
    named = [
        ("tea-500", "Oolong tea 500 ml", "乌龙茶 500 毫升", 650, "bottle", False, "Drinks", "饮料", [[TEA, None], ["9521101539998", "box"]], [["box", "24"]]),
        ("milk-1l", "Whole milk 1 L", "全脂牛奶 1 升", 1290, "carton", False, "Chilled", "冷藏", [[MILK, None]], []),
        ("apples", "Red apples", "红富士苹果", 2599, "kg", True, "Fresh", "生鲜", [[APPLES, None]], []),
        ("water-15", "Spring water 1.5 L", "天然矿泉水 1.5 升", 300, "bottle", False, "Drinks", "饮料", [], []),
        ("noodles", "Instant noodles, beef", "红烧牛肉面", 550, "piece", False, "Pantry", "粮油", [], []),
        ("tissue", "Tissue 3-ply × 10", "三层抽纸 10 包", 2390, "pack", False, "Household", "日用", [], []),
        ("rice-5", "Jasmine rice 5 kg", "茉莉香米 5 公斤", 4680, "bag", False, "Pantry", "粮油", [], []),
        ("paste", "Toothpaste, mint 120 g", "薄荷牙膏 120 克", 1490, "piece", False, "Household", "日用", [], []),
        ("cells", "AA batteries × 4", "五号电池 4 节", 1990, "pack", False, "Household", "日用", [], []),
        ("yoghurt", "Plain yoghurt 400 g", "原味酸奶 400 克", 1180, "cup", False, "Chilled", "冷藏", [], []),
        ("cola", "Cola 330 ml", "可乐 330 毫升", 280, "can", False, "Drinks", "饮料", [], []),
        ("soy", "Soy milk 1 L", "豆浆 1 升", 990, "carton", False, "Chilled", "冷藏", [], []),
        ("sauce", "Light soy sauce 500 ml", "生抽 500 毫升", 1150, "bottle", False, "Pantry", "粮油", [], []),
        ("eggs", "Eggs, free range × 10", "散养鸡蛋 10 枚", 1680, "box", False, "Fresh", "生鲜", [], []),
        ("bread", "White bread 400 g", "白吐司 400 克", 890, "loaf", False, "Pantry", "粮油", [], []),
        ("wafer", "Chocolate wafer 100 g", "巧克力威化 100 克", 690, "piece", False, "Snacks", "零食", [], []),
        ("crisps", "Potato crisps, salt", "原味薯片", 780, "bag", False, "Snacks", "零食", [], []),
        ("bananas", "Bananas", "香蕉", 899, "kg", True, "Fresh", "生鲜", [], []),
        ("shampoo", "Shampoo 400 ml", "洗发水 400 毫升", 3590, "bottle", False, "Household", "日用", [], []),
        ("green-tea", "Green tea 500 ml", "绿茶 500 毫升", 450, "bottle", False, "Drinks", "饮料", [], []),
    ]  # fmt: skip
    return [list(row) for row in named]
