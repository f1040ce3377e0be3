import { fhirStatuses } from './referral.fhir.js'

test('no status is called ready or received: Gravity leaves them out', () => {
  expect(Object.values(fhirStatuses).map(({ task }) => task)).not.toContain('ready')
  expect(Object.values(fhirStatuses).map(({ task }) => task)).not.toContain('received')
})
test('R-8.1 a completed task leaves the request active until its requester closes it', () => {
  expect(fhirStatuses.outcomeReported).toEqual({ task: 'completed', request: 'active' })
  expect(fhirStatuses.closed).toEqual({ task: 'completed', request: 'completed' })
  expect(
    Object.entries(fhirStatuses)
      .filter(([, { request }]) => request === 'completed')
      .map(([status]) => status),
  ).toEqual(['closed'])
})
