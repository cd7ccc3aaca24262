import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as decimal from '../src/lib/decimal.ts';

const text = (value: string) => decimal.toText(decimal.parse(value)!);

test('decimals are read to the last of eight places and written short', () => {
  for (const [from, to] of [
    ['45000.10', '45000.1'],
    ['-0.00000001', '-0.00000001'],
    ['.5', '0.5'],
    ['7.', '7'],
    ['+3', '3'],
    ['0.1', '0.1'],
    ['-0', '0'],
    ['90071992547.40993', '90071992547.40993'], // past what a double holds
  ]) {
    assert.equal(text(from!), to);
  }
});

test('what is no decimal is none', () => {
  for (const bad of ['', ' ', '.', '-', '1e5', '0x1', '1,000', 'NaN', '1.123456789', null, undefined]) {
    assert.equal(decimal.parse(bad), null, String(bad));
  }
});

test('products and ratios round half away from zero', () => {
  const parse = (value: string) => decimal.parse(value)!;
  assert.equal(decimal.toText(decimal.multiply(parse('0.1'), parse('45000.1'))), '4500.01');
  assert.equal(decimal.toText(decimal.multiply(parse('0.00000001'), parse('0.5'))), '0.00000001');
  assert.equal(decimal.toText(decimal.multiply(parse('-0.00000001'), parse('0.5'))), '-0.00000001');
  assert.equal(decimal.toText(decimal.ratio(parse('1'), parse('3'))), '0.33333333');
  assert.equal(decimal.ratio(parse('1'), 0n), 0n);
});

test('steps say how many places there are, and what is a multiple', () => {
  for (const [step, places] of [
    ['0.01', 2],
    ['0.00001', 5],
    ['1', 0],
    ['0.5', 1],
    ['100', 0],
  ] as const) {
    assert.equal(decimal.placesOf(step), places);
  }
  assert.equal(decimal.toText(decimal.floorTo(decimal.parse('1.23456')!, decimal.parse('0.001')!)), '1.234');
});

test('fixed places are rounded and grouped, and zero has no sign', () => {
  const fixed = (value: string, places: number) => decimal.toFixed(decimal.parse(value)!, places);
  assert.equal(fixed('45000.1', 2), '45,000.10');
  assert.equal(fixed('-1234567.895', 2), '-1,234,567.90');
  assert.equal(fixed('-0.001', 2), '0.00');
  assert.equal(fixed('999.995', 2), '1,000.00');
  assert.equal(fixed('12', 0), '12');
});
