const copy = async button => {
  const text = button.dataset.text;
  try { await navigator.clipboard.writeText(text); }
  catch {  // not a secure context: the old way
    const area = document.createElement('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 2000);
};
element.addEventListener('click', event => {
  const clicked = event.target.closest('[data-do]');
  if (!clicked) return;
  event.preventDefault();
  const {...data} = clicked.dataset;
  if (data.do === 'copy') { copy(clicked); return; }
  const mark = data.do === 'cite' && document.getElementById(clicked.hash.slice(1));
  if (mark) show(mark, true);
  else trigger(data.do === 'ask' || data.do === 'retry' ? 'select' : 'click', data);
});
watch('value', () => {
  const pane = document.getElementById('conversation');
  const last = pane.querySelector('.turn:last-of-type');
  if (last) pane.scrollTop += last.getBoundingClientRect().top - pane.getBoundingClientRect().top;
});
