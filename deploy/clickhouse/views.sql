-- Tables that ClickHouse keeps as events arrive, for questions about the whole fleet. An event that was
-- sent twice in different batches counts twice here; vigil.events has it once.

-- Each program on each host: when first and last, and how often it was started.
CREATE TABLE IF NOT EXISTS vigil.programs
(
	executable LowCardinality(String),
	host LowCardinality(String),
	first SimpleAggregateFunction(min, DateTime64(9, 'UTC')),
	last SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
	starts SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
ORDER BY (executable, host);

CREATE MATERIALIZED VIEW IF NOT EXISTS vigil.programs_of_events TO vigil.programs AS
SELECT process.executable AS executable, host.name AS host, min(`@timestamp`) AS first,
	max(`@timestamp`) AS last, count() AS starts
FROM vigil.events
WHERE vigil.type IN ('exec', 'existing')
GROUP BY executable, host;

-- Each type of event on each host, by hour: rates, losses, and when a host was last heard of.
CREATE TABLE IF NOT EXISTS vigil.hours
(
	hour DateTime('UTC'),
	host LowCardinality(String),
	type LowCardinality(String),
	last SimpleAggregateFunction(max, DateTime64(9, 'UTC')),
	events SimpleAggregateFunction(sum, UInt64),
	lost SimpleAggregateFunction(sum, UInt64)
)
ENGINE = AggregatingMergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, host, type)
TTL hour + INTERVAL 400 DAY DELETE;

CREATE MATERIALIZED VIEW IF NOT EXISTS vigil.hours_of_events TO vigil.hours AS
SELECT toStartOfHour(`@timestamp`) AS hour, host.name AS host, vigil.type AS type,
	max(`@timestamp`) AS last, count() AS events, sum(ifNull(vigil.lost.count, 0)) AS lost
FROM vigil.events
GROUP BY hour, host, type;
