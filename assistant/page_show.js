const show = (mark, wholePage) => {
  const pane = document.getElementById('evidence');
  pane.querySelectorAll('mark.current').forEach(other => other.classList.remove('current'));
  mark.classList.add('current');
  mark.closest('details').open = true;
  if (wholePage) { mark.scrollIntoView({block: 'center'}); mark.focus({preventScroll: true}); }
  else pane.scrollTop += mark.getBoundingClientRect().top - pane.getBoundingClientRect().top
    - pane.clientHeight / 3;
};
