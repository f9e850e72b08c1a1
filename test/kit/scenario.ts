// A scenario that says everything that one can say.
export const wholeScenario = `name: shop
route: shop.localhost
data:
  item: [apple, pear]
  count: { from: 1, to: 9 }
flows:
  buy:
    weight: 3
    think: 200ms
    steps:
      - request: GET /items?like={item}
        name: list
        headers: { accept-language: en }
        expect: { status: 200, contains: apple, header: { content-type: json }, json: { items.0.id: "*" } }
        capture: { id: json items.0.id, next: header location }
      - request: POST /orders/{id}
        json: { item: "{item}", count: "{count}" }
        expect: { status: [200, 201] }
  look: { steps: [{ request: GET / }] }
phases:
  - { name: warm, rate: 20, lasts: 5s }
  - { name: peak, arrivals: "ramp:10-100", lasts: 1m }
  - { name: crowd, users: 50, think: 2s, lasts: 10s }
  - { name: again, replay: [1, 2, 3], lasts: 3s }
thresholds: ["p99 < 100ms", "errors <= 1%", "throughput > 90"]
`;
