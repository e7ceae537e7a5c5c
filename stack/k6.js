// A steady load for the stack in the box: what people do, so many times a second. Its thresholds are the promises.
//
//   TARGET     where Sirius is            http://127.0.0.1:8080
//   RATE       people a second            20
//   DURATION   for how long               5m
//
// To see it on the dashboard "Load test": k6 run --out experimental-prometheus-rw --tag testid=NAME stack/k6.js
import http from 'k6/http';
import { check } from 'k6';

const target = __ENV.TARGET || 'http://127.0.0.1:8080';

export const options = {
  scenarios: {
    steady: {
      executor: 'constant-arrival-rate',
      rate: Number(__ENV.RATE || 20),
      timeUnit: '1s',
      duration: __ENV.DURATION || '5m',
      preAllocatedVUs: 10,
      maxVUs: 100,
    },
  },
  thresholds: {
    http_req_failed: ['rate<0.001'],
    'http_req_duration{promise:latency}': ['p(99)<100'],
    checks: ['rate==1'],
  },
};

export default function () {
  const promised = { promise: 'latency' };
  http.get(`${target}/`, { tags: { name: 'page', ...promised } });
  const random = http.get(`${target}/api/v1/images/random`, { tags: { name: 'random image', ...promised } });
  check(random, { 'an image was chosen': (answer) => answer.status === 200 && answer.json('id') !== undefined });
  const content = http.get(`${target}/api/v1/images/${random.json('id')}/content`, {
    responseType: 'none',
    tags: { name: 'picture' },
  });
  check(content, { 'its picture came': (answer) => answer.status === 200 });
  const visit = http.post(`${target}/api/v1/visits`, null, { tags: { name: 'visit', ...promised } });
  check(visit, { 'the visit has a number': (answer) => answer.status === 201 });
}
