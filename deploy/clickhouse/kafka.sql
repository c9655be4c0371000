-- Events that come through Kafka, from an output `to = kafka`: set the brokers and the topic. The id of
-- an item is in the message's header `id`. What is not JSON is kept in vigil.kafka_errors.
CREATE TABLE IF NOT EXISTS vigil.kafka AS vigil.events
ENGINE = Kafka
SETTINGS kafka_broker_list = 'kafka:9092', kafka_topic_list = 'vigil',
	kafka_group_name = 'clickhouse', kafka_format = 'JSONEachRow',
	kafka_handle_error_mode = 'stream', kafka_num_consumers = 1,
	input_format_skip_unknown_fields = 1, date_time_input_format = 'best_effort';

CREATE MATERIALIZED VIEW IF NOT EXISTS vigil.events_of_kafka TO vigil.events AS
SELECT * REPLACE (_headers.value[indexOf(_headers.name, 'id')] AS id)
FROM vigil.kafka
WHERE _error = '';

CREATE TABLE IF NOT EXISTS vigil.kafka_errors
(
	at DateTime DEFAULT now(),
	partition UInt64,
	offset UInt64,
	error String,
	message String
)
ENGINE = MergeTree
ORDER BY at
TTL at + INTERVAL 7 DAY DELETE;

CREATE MATERIALIZED VIEW IF NOT EXISTS vigil.errors_of_kafka TO vigil.kafka_errors AS
SELECT _partition AS partition, _offset AS offset, _error AS error, _raw_message AS message
FROM vigil.kafka
WHERE _error != '';
