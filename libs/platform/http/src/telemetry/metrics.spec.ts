import { createMetrics } from './metrics.js'

describe('metrics', () => {
  test('a method that a caller made up does not become a label', async () => {
    const metrics = createMetrics({ withProcess: false })
    metrics.httpAnswered('education', 'CANARY', 200, 0.01)
    const text = await metrics.registry.metrics()
    expect(text).not.toContain('CANARY')
    expect(text).toContain('passerelle_http_request_duration_seconds_count{face="education",method="other",status="200"} 1')
  })

  test('tell durations of requests and operations, refusals by code, and figures read when asked', async () => {
    const metrics = createMetrics({ withProcess: false })
    metrics.httpAnswered('education', 'POST', 200, 0.03)
    metrics.operationAnswered('education', 'query', 'ok', 0.03)
    metrics.refused('education', 'FORBIDDEN')
    let lag = 1
    metrics.gauge('passerelle_view_lag_seconds', 'Age of the newest event not yet shown', ['view'], () => [
      { labels: { view: 'plans' }, value: lag },
    ])
    lag = 7
    const text = await metrics.registry.metrics()
    expect(text).toContain(
      'passerelle_http_request_duration_seconds_bucket{le="0.05",face="education",method="POST",status="200"} 1',
    )
    expect(text).toContain(
      'passerelle_graphql_operation_duration_seconds_count{face="education",operation="query",outcome="ok"} 1',
    )
    expect(text).toContain('passerelle_refusals_total{face="education",code="FORBIDDEN"} 1')
    expect(text).toContain('passerelle_view_lag_seconds{view="plans"} 7')
  })

  test('of two applications do not mix', async () => {
    const [one, two] = [createMetrics(), createMetrics()]
    one.refused('education', 'FORBIDDEN')
    expect(await one.registry.metrics()).toContain('passerelle_process_cpu_seconds_total')
    expect(await two.registry.metrics()).not.toContain('FORBIDDEN')
  })
})
