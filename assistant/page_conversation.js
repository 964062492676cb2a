element.addEventListener('click', event => {
  const cite = event.target.closest('a.cite');
  const example = event.target.closest('button.example');
  if (cite) {
    event.preventDefault();
    const mark = document.getElementById(cite.hash.slice(1));
    if (mark) show(mark, true);
    else trigger('click', {turn: +cite.dataset.turn, number: +cite.dataset.number});
  }
  if (example) trigger('select', {question: example.textContent});
});
watch('value', () => {
  const pane = document.getElementById('conversation');
  const last = pane.querySelector('.turn:last-of-type');
  if (last) pane.scrollTop += last.getBoundingClientRect().top - pane.getBoundingClientRect().top;
});
