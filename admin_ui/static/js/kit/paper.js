// Paper as a receipt printer makes it. A printer gives a Chinese character two columns; fonts on a screen seldom do, so wide
// characters stand in cells of two.

import { h } from './dom.js';

const WIDE = /[\u00d7\u2014\u2018-\u201d\u2026\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

export const onPaper = (text) => text.split(new RegExp(`(${WIDE.source})`)).map((part) => (WIDE.test(part) ? h('i', {}, part) : part));

/** Lines {text, align, bold, double} as paragraphs. */
export const printed = (lines) => lines.map((line) => h('p', { class: `${line.align || 'left'}${line.bold ? ' bold' : ''}${line.double ? ' double' : ''}` }, onPaper(line.text || '\u00a0')));
