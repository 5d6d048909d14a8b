// The words for units that come as codes, the same as templates/words.html says them. A code without words is shown as it is.

import { tp } from './i18n.js';

const words = {
  pc: tp('unit', 'pc'), case: tp('unit', 'case'), box: tp('unit', 'box'), pack: tp('unit', 'pack'), bottle: tp('unit', 'bottle'),
  kg: tp('unit', 'kg'), g: tp('unit', 'g'), l: tp('unit', 'l'), ml: tp('unit', 'ml'), m: tp('unit', 'm'),
  portion: tp('unit', 'portion'), bag: tp('unit', 'bag'), tray: tp('unit', 'tray'), crate: tp('unit', 'crate'), spoon: tp('unit', 'spoon'), L: tp('unit', 'L'),
};

export const unitName = (code) => (Object.hasOwn(words, code) ? words[code] : code);
