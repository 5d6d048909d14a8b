"""The one way lists search items: a substring of either name, the SKU or a barcode."""

SEARCH_CLAUSE = (
    " AND (items.name LIKE ? ESCAPE '\\' OR items.name_zh LIKE ? ESCAPE '\\' OR items.sku LIKE ? ESCAPE '\\'"
    " OR items.item_id IN (SELECT item_id FROM barcodes WHERE barcode LIKE ? ESCAPE '\\'))"
)


def search_values(text: str) -> list[object]:
    """The four values `SEARCH_CLAUSE` binds; wildcards in the text stand for themselves."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"%{escaped}%"] * 4
