package config

import "slices"

// UsualCategories are those of the built-in topics.
var UsualCategories = map[string][]string{
	"民生保障": {"供水", "供电", "供暖供气", "物业", "烂尾与购房", "教育", "医疗", "社保医保", "养老与低保", "食品安全", "消费维权"},
	"城市管理": {"城管与环境卫生", "道路与市政", "交通出行", "噪音扰民", "扬尘与污染", "规划与建设", "通信网络"},
	"权益维护": {"欠薪与劳动", "征地拆迁", "农业农村"},
	"公共安全": {"突发事件", "安全生产与消防", "治安与诈骗"},
	"政务服务": {"政务服务"},
}

// categories reads which topics go together in reports; nil when it is not written.
func (o *object) categories() map[string][]string {
	t := o.object("categories")
	if t == nil {
		return nil
	}
	out, taken := map[string][]string{}, map[string]string{}
	for _, k := range t.keys {
		t.name(k.Value, k.Value)
		topics := t.strs(k.Value, nil)
		for i, topic := range topics {
			switch other, twice := taken[topic]; {
			case topic == "": // strs has told
			case slices.Contains(topics[:i], topic):
				t.bad(index(k.Value, i), "%s写了两次", quote(topic))
			case twice:
				t.bad(index(k.Value, i), "%s已经在%s里了，一个专题只能归一类", quote(topic), quote(other))
			}
			taken[topic] = k.Value
		}
		out[k.Value] = topics
	}
	return out
}
