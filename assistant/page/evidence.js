watch('value', () => {
  const mark = element.querySelector('mark.current');
  const clicked = !!element.querySelector('[data-clicked]');
  if (mark) show(mark, clicked);
  else if (clicked) element.scrollIntoView({block: 'nearest'});
});
element.addEventListener('click', event => {
  const tab = event.target.closest('[role=tab]');
  if (tab) select(tab);
});
element.addEventListener('keydown', event => {
  const tab = event.target.closest('[role=tab]');
  const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
  if (!tab || !step) return;
  const tabs = [...tab.parentElement.children];
  const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
  select(next);
  next.focus();
});
