// What the shop sells; prices in cents.
export const products = [
  { name: 'tea', title: 'Darjeeling, first flush', cents: 1290 },
  { name: 'coffee', title: 'Yirgacheffe, light roast', cents: 1450 },
  { name: 'cocoa', title: 'Cocoa, unsweetened', cents: 890 },
  { name: 'cup', title: 'Cup, stoneware', cents: 1900 },
];
