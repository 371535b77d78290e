// The peer of the bench: the engine of Redpanda Connect (benthos, Apache-2.0) with its own http_server input and
// json_schema processor, and a small Kafka output on franz-go in place of the one that is not open source.
package main

import (
	"context"
	"os"

	_ "github.com/redpanda-data/benthos/v4/public/components/io"
	_ "github.com/redpanda-data/benthos/v4/public/components/pure"
	"github.com/redpanda-data/benthos/v4/public/service"
	"github.com/twmb/franz-go/pkg/kgo"
)

type kafkaOutput struct {
	topic  string
	client *kgo.Client
}

func (k *kafkaOutput) Connect(context.Context) error {
	client, err := kgo.NewClient(
		kgo.SeedBrokers(os.Getenv("PEER_BROKERS")),
		kgo.DefaultProduceTopic(k.topic),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	k.client = client
	return err
}

// A batch is acknowledged when all replicas in sync hold all of it (acks=all and idempotence are franz-go's defaults).
func (k *kafkaOutput) WriteBatch(ctx context.Context, batch service.MessageBatch) error {
	records := make([]*kgo.Record, 0, len(batch))
	for _, message := range batch {
		value, err := message.AsBytes()
		if err != nil {
			return err
		}
		records = append(records, &kgo.Record{Value: value})
	}
	return k.client.ProduceSync(ctx, records...).FirstErr()
}

func (k *kafkaOutput) Close(context.Context) error {
	if k.client != nil {
		k.client.Close()
	}
	return nil
}

func main() {
	spec := service.NewConfigSpec().Field(service.NewStringField("topic"))
	err := service.RegisterBatchOutput("peer_kafka", spec,
		func(conf *service.ParsedConfig, _ *service.Resources) (service.BatchOutput, service.BatchPolicy, int, error) {
			topic, err := conf.FieldString("topic")
			return &kafkaOutput{topic: topic}, service.BatchPolicy{}, 1024, err
		})
	if err != nil {
		panic(err)
	}
	service.RunCLI(context.Background())
}
