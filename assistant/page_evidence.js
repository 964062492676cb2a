watch('value', () => {
  const mark = element.querySelector('mark.current');
  if (mark) show(mark, !!element.querySelector('[data-clicked]'));
});
