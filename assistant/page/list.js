element.addEventListener('click', event => {
  const clicked = event.target.closest('[data-do]');
  if (!clicked) return;
  const {...data} = clicked.dataset;
  if (data.do === 'remove' && !clicked.classList.contains('sure')) {
    clicked.classList.add('sure');  // asks once; forgets when the focus goes elsewhere
    clicked.textContent = 'Really remove?';
    clicked.addEventListener('blur', () => {
      clicked.classList.remove('sure');
      clicked.textContent = 'Remove';
    }, {once: true});
    return;
  }
  element.querySelectorAll('.opened').forEach(other => other.classList.remove('opened'));
  if (data.do === 'open') clicked.classList.add('opened');
  trigger({open: 'click', more: 'select', remove: 'delete'}[data.do], data);
});
