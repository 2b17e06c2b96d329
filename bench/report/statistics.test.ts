import { spreadOf } from './statistics.ts';

test('the median is the value in the middle, whatever the order', () => {
  expect(spreadOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9 });
});

test('of an even number of values it is between the two in the middle', () => {
  expect(spreadOf([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 });
});

test('of nothing there is none', () => {
  expect(spreadOf([]).median).toBeNaN();
});
