// One lot: nobody may take of it any more, or may again; never without a reason.

import { $ } from '../kit/dom.js';
import { confirmed } from '../kit/ask.js';
import { t } from '../kit/i18n.js';
import { attach, showError } from '../kit/submit.js';

const form = $('#block');
const { item, lot, verb } = form.dataset;

attach(form, async () => {
  const { reason } = form.elements;
  if (!reason.value.trim()) {
    showError(reason, t('Give a reason.')).focus();
    return null;
  }
  const words = verb === 'block'
    ? [t('Block lot {lot}?', { lot }), t('No till sells it and nobody moves it until somebody releases it.'), t('Block it')]
    : [t('Release lot {lot}?', { lot }), t('Tills sell it again at once.'), t('Release it')];
  if (!await confirmed(...words, { danger: verb === 'block' })) return null;
  return { method: 'POST', url: `/api/v1/lots/${encodeURIComponent(item)}/${encodeURIComponent(lot)}/${verb}`, body: { reason: reason.value.trim() } };
}, () => { location.reload(); });
