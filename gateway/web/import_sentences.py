"""What is wrong with a brought table or one of its rows, and what to do about it, in both languages."""

from typing import Final

from replication.wire.sentence import Sentence

IMPORT_SENTENCES: Final[dict[str, Sentence]] = {
    "not_text": Sentence(
        "The file is neither UTF-8 nor GB18030 text, and no workbook. Save it as CSV UTF-8 or as .xlsx.",
        "文件既不是 UTF-8 或 GB18030 文本，也不是工作簿，请另存为 CSV UTF-8 或 .xlsx。",
    ),
    "broken_csv": Sentence(
        "The CSV breaks off: {text}. Look for a quotation mark that is not closed.", "CSV 格式有误：{text}。请检查是否有未闭合的引号。"
    ),
    "no_workbook": Sentence(
        "The workbook cannot be read ({text}). Open it in a spreadsheet and save it anew as .xlsx.",
        "无法读取工作簿（{text}），请用表格软件打开后重新另存为 .xlsx。",
    ),
    "workbook_too_large": Sentence(
        "The workbook unpacks to more than {limit} MB. Bring it in parts.", "工作簿解压后超过 {limit} MB，请分批导入。"
    ),
    "reader_broke": Sentence(
        "The file took more memory or time than a table may. Bring it in parts, or as CSV.",
        "读取文件占用的内存或时间超出限制，请分批导入，或改用 CSV。",
    ),
    "no_rows": Sentence("There is no row below the heads.", "表头下面没有数据行。"),
    "too_many_rows": Sentence("More than {limit} rows. Bring them in parts.", "超过 {limit} 行，请分批导入。"),
    "too_many_columns": Sentence("More than {limit} columns.", "超过 {limit} 列。"),
    "unknown_column": Sentence(
        "No column is called “{text}”; known are: {columns}. Rename it or take it out.",
        "没有名为“{text}”的列；可用的列：{columns}。请改名或删除该列。",
    ),
    "column_twice": Sentence("The column “{text}” is there twice.", "“{text}”列重复。"),
    "missing_column": Sentence("The column “{en}” ({zh}) is missing.", "缺少“{zh}”（{en}）列。"),
    "cells_beyond_heads": Sentence("There are cells where no head is.", "有单元格没有对应的表头。"),
    "cell_required": Sentence("Fill this cell.", "请填写此单元格。"),
    "cell_too_long": Sentence("The cell has more than {limit} characters.", "单元格超过 {limit} 个字符。"),
    "scientific": Sentence(
        "“{text}” is what a spreadsheet made of a long number; its last digits are lost. Set the column to Text and enter it anew.",
        "“{text}”是表格软件把长数字改成的科学计数法，末位数字已丢失。请将该列设为“文本”后重新输入。",
    ),
    "digits_lost": Sentence(
        "{text} has more than {limit} digits: a spreadsheet has made the last ones zeros. Set the column to Text and enter it anew.",
        "{text} 超过 {limit} 位，表格软件会把末位变成零。请将该列设为“文本”后重新输入。",
    ),
    "number_not_exact": Sentence(
        "{text} was calculated and is not exact. Round it in the spreadsheet, or write it as text.",
        "{text} 是计算结果，并不精确。请在表格中四舍五入，或改为文本。",
    ),
    "not_a_number": Sentence(
        "“{text}” is not a number. Write digits and a point, such as 6.50, without currency or thousands marks.",
        "“{text}”不是数字，请只写数字和小数点，如 6.50，不带货币符号和千位分隔符。",
    ),
    "too_many_decimals": Sentence("{text} has more than {limit} decimals.", "{text} 的小数超过 {limit} 位。"),
    "not_yes_or_no": Sentence("“{text}” is neither yes nor no.", "“{text}”应为“是”或“否”。"),
    "unknown_word": Sentence("“{text}” is not known here; use one of: {words}.", "“{text}”无法识别，可用：{words}。"),
    "row_twice": Sentence("Row {row} says this already.", "与第 {row} 行重复。"),
    "part_unclear": Sentence(
        "A row names one part: a component, a by-product or a step. Fill one of these cells.",
        "每行只写一项：原料、副产品或工序，请填写其中一格。",
    ),
    "cell_unfit": Sentence(
        "This cell says nothing of what the row names. Empty it.", "该单元格与本行所填的项目无关，请清空。"
    ),
    "row_differs": Sentence("Row {row} of the same recipe says otherwise.", "与同一配方的第 {row} 行不一致。"),
    "import_waits": Sentence(
        "This part waits for a person's approval, in the queue of what waits.", "此部分正在待办中等待审批。"
    ),
    "import_overtaken": Sentence(
        "Another document has this part's number; look at it and bring these rows anew.",
        "此部分的编号已被其他单据占用，请核对后重新导入这些行。",
    ),
}  # fmt: skip
