// Paper as a receipt printer makes it. A printer gives a Chinese character two columns; fonts on a screen seldom do, so wide
// characters stand in cells of two.

import { h } from './dom.js';
import { t } from './i18n.js';

const WIDE = /[\u00d7\u2014\u2018-\u201d\u2026\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/;

const DOT = 0.65; // pixels: 576 dots are as wide as 48 letters

/** A text in pieces; `isWide` says which characters take two columns. */
export function onPaper(text, isWide = (one) => WIDE.test(one)) {
  const parts = [];
  for (const one of text) {
    if (isWide(one)) parts.push(h('i', {}, one));
    else if (typeof parts.at(-1) === 'string') parts.push(parts.pop() + one);
    else parts.push(one);
  }
  return parts;
}

/** Lines {text, align, bold, double, wide} as paragraphs; those with a {picture, dots} as pictures. */
export const printed = (lines) => lines.map((line) => h('p', { class: `${line.align || 'left'}${line.bold ? ' bold' : ''}${line.double ? ' double' : ''}${line.code ? ' code' : ''}` },
  line.picture ? h('img', { src: line.picture, alt: t('Picture'), width: Math.round(line.dots * DOT) }) : onPaper(line.text || '\u00a0', (one) => line.wide.includes(one))));
