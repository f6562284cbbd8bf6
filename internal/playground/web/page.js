// The page with the phones: it shows what /api/live tells, and hands taps and texts on.
'use strict';
const $ = (sel, from = document) => from.querySelector(sel);
const $$ = (sel, from = document) => [...from.querySelectorAll(sel)];

function el(tag, props = {}, ...children) {
  const node = Object.assign(document.createElement(tag), props);
  node.append(...children);
  return node;
}

async function send(url, body) {
  const r = await fetch(url, {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
  if (!r.ok) throw new Error((await r.text()).trim());
}

// The emoji that Huiyin writes, as classes of style.css.
const emoji = {'🔔': 'ring', '📌': 'pin', '✅': 'done', '📁': 'file', '⚪': 'none', '➡️': 'onward', '⏰': 'late', '⚠️': 'care'};
const anyEmoji = new RegExp(Object.keys(emoji).join('|'), 'gu');

// draw puts a picture in the place of each of these emoji.
function draw(node) {
  const walk = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) if (walk.currentNode.data.match(anyEmoji)) found.push(walk.currentNode);
  for (const text of found) {
    const parts = [];
    let from = 0;
    for (const m of text.data.matchAll(anyEmoji)) {
      parts.push(text.data.slice(from, m.index), el('span', {className: 'emoji ' + emoji[m[0]], role: 'img', ariaLabel: m[0]}));
      from = m.index + m[0].length;
    }
    text.replaceWith(...parts, text.data.slice(from));
  }
}
const plain = text => text.replaceAll(anyEmoji, '').trim();

const readKey = person => 'huiyin-read-' + person;

// Phone is one pane.
class Phone {
  constructor(pane) {
    this.pane = pane;
    this.person = Number(pane.dataset.person);
    this.name = pane.dataset.name;
    this.chat = $('.chat', pane);
    this.form = $('.write', pane);
    this.text = this.form.elements.text;
    this.chip = $(`.chip[data-person="${this.person}"]`);
    this.replyTo = 0;
    this.unread = new Set();
    for (const kind of ['pointerdown', 'focusin', 'wheel']) {
      pane.addEventListener(kind, () => this.read(), {passive: true});
    }
    this.chip.addEventListener('click', () => this.show());
    this.chat.addEventListener('click', e => this.clicked(e));
    this.form.addEventListener('submit', e => { e.preventDefault(); this.write(); });
    this.text.addEventListener('keydown', e => {
      if (e.key === 'Enter' && !e.shiftKey && !e.isComposing) { e.preventDefault(); this.write(); }
      if (e.key === 'Escape') this.answer(0);
    });
    $('.drop', pane).addEventListener('click', () => this.answer(0));
    $('.link', pane)?.addEventListener('click', () => {
      this.text.value = document.body.dataset.answer;
      this.text.focus();
    });
  }

  // update takes a delta of the live stream.
  update(d) {
    const follow = this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < 60;
    if (d.whole) this.chat.replaceChildren();
    for (const id of d.gone ?? []) this.message(id)?.remove();
    const mark = localStorage.getItem(readKey(this.person));
    let added = 0;
    for (const m of d.messages) {
      const old = this.message(m.id);
      const node = this.bubble(m);
      if (old) {
        old.replaceWith(node);
        if (!d.whole) this.flash(node);
        continue;
      }
      this.chat.append(node);
      added++;
      if (!m.mine && !m.silent && mark !== null && m.id > Number(mark)) this.ring(m, d.whole);
    }
    if (mark === null && d.whole && d.messages.length) this.read();
    if (added && (follow || d.whole || this.unread.size)) this.chat.scrollTop = this.chat.scrollHeight;
    if (!this.chat.children.length) this.chat.append(el('li', {className: 'quiet', textContent: '正在等回音接通…'}));
    else $('.quiet', this.chat)?.remove();
    for (const t of d.toasts ?? []) this.toast(t);
  }

  message(id) { return $(`[data-id="${id}"]`, this.chat); }

  bubble(m) {
    // The server has escaped the text and left only Telegram's few tags.
    const body = el('div', {className: 'text', innerHTML: m.html});
    for (const a of $$('a', body)) Object.assign(a, {target: '_blank', rel: 'noopener noreferrer'});
    draw(body);
    const foot = el('div', {className: 'foot'}, el('span', {textContent: m.at + (m.edited ? ' · ' + m.edited + ' 已更新' : '')}));
    const box = el('div', {className: 'bubble'}, body, foot);
    if (m.photo) box.prepend(el('a', {href: m.photo.url, target: '_blank', title: '看大图'},
      el('img', {className: 'photo', src: m.photo.url, width: m.photo.width, height: m.photo.height, alt: '图片：' + (m.line || '没有说明')})));
    if (m.quote) box.prepend(el('div', {className: 'quote', textContent: plain(m.quote)}));
    const node = el('li', {className: 'msg ' + (m.mine ? 'mine' : 'bot')}, box);
    if (!m.mine) {
      foot.append(el('button', {type: 'button', className: 'pick', textContent: '↩ 回复', title: '回复这条消息'}));
      const keys = el('div', {className: 'keys'});
      for (const row of m.keys ?? []) {
        const line = el('div', {className: 'keyrow'});
        for (const k of row) {
          line.append(k.url ? el('a', {className: 'key', textContent: k.text, href: k.url, target: '_blank', rel: 'noopener noreferrer'})
            : el('button', {type: 'button', className: 'key', textContent: k.text}));
          line.lastChild.dataset.index = k.index;
        }
        keys.append(line);
      }
      if (m.keys?.length) node.append(keys);
    }
    node.dataset.id = m.id;
    node.dataset.line = m.line;
    if (m.id === this.replyTo) node.classList.add('picked');
    return node;
  }

  clicked(e) {
    const node = e.target.closest('.msg.bot');
    if (!node || e.target.closest('a')) return;
    const id = Number(node.dataset.id);
    const key = e.target.closest('button.key');
    if (key) return this.tap(id, key);
    if (window.getSelection().toString()) return; // somebody marks text to copy it
    this.answer(id);
    this.text.focus({preventScroll: true});
  }

  async tap(id, key) {
    key.classList.add('busy');
    try {
      await send('/api/tap', {person: this.person, message: id, index: Number(key.dataset.index)});
    } catch (err) {
      this.toast(err.message);
    }
    setTimeout(() => key.classList.remove('busy'), 1500);
  }

  // answer selects the message that the next text replies to; 0 is none.
  answer(id) {
    this.replyTo = id;
    for (const n of $$('.picked', this.chat)) n.classList.remove('picked');
    const node = id ? this.message(id) : null;
    node?.classList.add('picked');
    $('.answering', this.form).hidden = !node;
    $('.answering span', this.form).textContent = node ? '回复：' + plain(node.dataset.line) : '';
  }

  async write() {
    const text = this.text.value.trim();
    if (!text) return this.text.focus();
    try {
      await send('/api/send', {person: this.person, replyTo: this.replyTo, text});
      this.text.value = '';
      this.answer(0);
      this.chat.scrollTop = this.chat.scrollHeight;
    } catch (err) {
      this.toast(err.message);
    }
  }

  ring(m, old) {
    this.unread.add(m.id);
    this.badges();
    if (old || this.pane.contains(document.activeElement)) return this.calm();
    this.pane.classList.remove('ringing');
    void this.pane.offsetWidth; // so that the animation starts again
    this.pane.classList.add('ringing');
    announce(`${this.name}的手机响了：${plain(m.line)}`);
  }

  calm() { if (this.pane.contains(document.activeElement)) this.read(); }

  read() {
    const last = $$('.msg', this.chat).at(-1);
    if (last) localStorage.setItem(readKey(this.person), last.dataset.id);
    this.unread.clear();
    this.pane.classList.remove('ringing');
    this.badges();
  }

  badges() {
    const n = this.unread.size;
    this.pane.classList.toggle('unread', n > 0);
    this.chip.classList.toggle('unread', n > 0);
    for (const b of [$('header .badge', this.pane), $('.badge', this.chip)]) {
      b.hidden = n === 0;
      b.textContent = n;
    }
    const all = phones.reduce((sum, p) => sum + p.unread.size, 0);
    document.title = (all ? `(${all}) ` : '') + '回音演示 · 清河市';
  }

  show() {
    choose(this);
    this.pane.scrollIntoView({block: 'nearest'});
    this.chat.scrollTop = this.chat.scrollHeight;
    this.chat.focus({preventScroll: true});
  }

  flash(node) {
    node.classList.add('edited');
    setTimeout(() => node.classList.remove('edited'), 1600);
  }

  toast(text) {
    const t = $('.toast', this.pane);
    t.textContent = text;
    t.hidden = false;
    clearTimeout(this.toastOff);
    this.toastOff = setTimeout(() => { t.hidden = true; }, 5000);
  }
}

function announce(text) { $('#say').textContent = text; }

const phones = $$('.phone').map(p => new Phone(p));
choose(phones[0]);

// choose makes a pane the one that narrow windows show.
function choose(phone) {
  for (const p of phones) {
    p.pane.classList.toggle('chosen', p === phone);
    p.chip.setAttribute('aria-pressed', p === phone);
  }
}

// The town.
const form = $('#post');
for (const b of $$('.sample')) {
  const posts = JSON.parse(b.dataset.posts);
  let turn = 0;
  b.addEventListener('click', () => {
    const p = posts[turn++ % posts.length];
    for (const field of ['author', 'title', 'text']) form.elements[field].value = p[field];
    $('#posted').textContent = '';
    $('.main', form).focus();
  });
}
form.addEventListener('submit', async e => {
  e.preventDefault();
  const done = $('#posted');
  try {
    const r = await fetch(form.action, {method: 'POST', body: new URLSearchParams(new FormData(form))});
    if (!r.ok) throw new Error('没有发布成功，请检查标题和正文的长度再试。');
    done.replaceChildren('已发布：', el('a', {href: r.url, target: '_blank', textContent: '看帖子'}));
    form.reset();
  } catch (err) {
    done.textContent = err instanceof TypeError ? '没有发出去：演示程序没有回应。' : err.message;
  }
});

function showTown(t) {
  $('#total').textContent = `共 ${t.total} 帖`;
  $('#recent').replaceChildren(...t.posts.map(p => el('li', {},
    el('a', {href: p.url, target: '_blank', textContent: p.title}), el('small', {textContent: `${p.author} · ${p.at}`}))));
}

// The record.
function rows(body, list, columns) {
  $(body).replaceChildren(...list.map(r => el('tr', {}, ...columns.map(c => el('td', {textContent: c(r)})))));
}
async function showRecord() {
  const counts = $('#counts');
  try {
    const r = await (await fetch('/api/record')).json();
    if (r.problem) { counts.textContent = r.problem; return; }
    counts.textContent = `提及 ${r.mentions} 条，办理记录 ${r.events} 条`;
    rows('#lastIn', r.lastIn ?? [], [x => x.at, x => `${x.case} 之 ${x.no}`, x => x.source, x => x.title, x => x.topics, x => x.words]);
    rows('#lastDone', r.lastDone ?? [], [x => x.at, x => x.case, x => x.seq, x => x.kind, x => x.by || (x.officer ? `→ ${x.officer}` : x.unit)]);
  } catch { counts.textContent = '现在读不到。'; }
}
let recordTimer;
function recordSoon() {
  clearTimeout(recordTimer);
  recordTimer = setTimeout(showRecord, 800);
}

// The live stream; the browser opens it again by itself when it breaks.
const live = new EventSource('/api/live');
live.onopen = () => { $('#offline').hidden = true; recordSoon(); };
live.onerror = () => { $('#offline').hidden = false; };
live.addEventListener('chat', e => {
  const d = JSON.parse(e.data);
  phones.find(p => p.person === d.person)?.update(d);
  recordSoon();
});
live.addEventListener('town', e => showTown(JSON.parse(e.data)));
setInterval(showRecord, 15000);
