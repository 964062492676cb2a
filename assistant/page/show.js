const show = (mark, wholePage) => {
  const pane = document.getElementById('evidence');
  pane.querySelectorAll('mark.current').forEach(other => other.classList.remove('current'));
  mark.classList.add('current');
  const article = mark.closest('article');
  if (article.hidden) select(document.getElementById(article.getAttribute('aria-labelledby')));
  if (wholePage) { mark.scrollIntoView({block: 'center'}); mark.focus({preventScroll: true}); }
  else pane.scrollTop += mark.getBoundingClientRect().top - pane.getBoundingClientRect().top
    - pane.clientHeight / 3;
};
const select = tab => {
  for (const other of tab.closest('[role=tablist]').querySelectorAll('[role=tab]')) {
    const chosen = other === tab;
    other.setAttribute('aria-selected', chosen);
    other.tabIndex = chosen ? 0 : -1;
    document.getElementById(other.getAttribute('aria-controls')).hidden = !chosen;
  }
};
