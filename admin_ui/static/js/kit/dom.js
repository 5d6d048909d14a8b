// Building and finding nodes. Data becomes text nodes and attributes, never markup.

const SVG = 'http://www.w3.org/2000/svg';

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// h('a', {href: '/x', class: 'btn', onclick: f, 'aria-label': 'x', dataset: {id: 1}}, 'text', node, [more])
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  add(element, children);
  return element;
}

function add(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== null && child !== undefined && child !== false) element.append(child);
  }
}

// An icon of the sprite: icon('check', 's')
export function icon(name, size = '') {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('class', `i ${size}`.trim());
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(SVG, 'use');
  use.setAttribute('href', `${$('meta[name=icons]').content}#${name}`);
  svg.append(use);
  return svg;
}

// A state in words with its icon: state('ok', 'check', 'Saved in store')
export const state = (tone, iconName, ...words) => h('span', { class: `st ${tone}` }, icon(iconName, 's'), h('span', {}, ...words));

export function replace(element, ...children) {
  element.replaceChildren();
  add(element, children);
  return element;
}

// Nodes of a fragment our own server rendered. Scripts in it never run.
export function fragment(html) {
  const parsed = new DOMParser().parseFromString(`<template>${html}</template>`, 'text/html');
  return document.importNode(parsed.querySelector('template').content, true);
}

// Writes text only where it differs, so that nothing is announced or repainted for nothing.
export function say(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
