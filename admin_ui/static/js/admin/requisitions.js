// What branches ask for, as it comes and as transfers answer it.

import { live } from '../kit/live.js';
import { refreshParts } from '../kit/parts.js';

live.on('document', ({ type }) => {
  if (['requisition', 'transfer_out', 'transfer_in', 'reversal'].includes(type)) refreshParts();
});
live.on('resync', refreshParts);
