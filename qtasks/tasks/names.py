"""Names: ids that people can say.

Four words from 32 bits of a digest of the id: a name follows from its id, and among ten
thousand tasks the odds are one in a hundred that two share one.
"""

from hashlib import blake2s
from typing import Final

WORDS: Final = tuple(
    """
    acorn actor agate album alder alloy amber anchor angle anvil apple apron arbor
    arch aspen atlas attic autumn badge bagel baker balsam bamboo banjo barley basil
    basin beach beacon beaver beech bell berry birch bison blossom board bonnet book
    boulder bramble branch brass bread breeze brick bridge brook broom bucket butter
    cabin cable cactus camel candle canoe canvas canyon cargo carrot castle cedar
    cellar chalk cherry chess chestnut circle citrus clay cliff clock cloud clover
    coast cobalt cocoa comet compass copper coral corn cotton crane crater creek
    cricket crystal cup curtain cypress daisy delta desert dew diamond dolphin
    donkey dove dragon drum dune eagle easel echo elbow elder elm ember engine
    falcon feather fennel fern ferry field finch fjord flame flint flute forest
    fossil fountain fox frost galaxy garden garnet gate geyser ginger glacier glass
    globe goose granite grape grass grove guitar gull hammer harbor harp hazel hedge
    heron hill holly honey horizon hornet ice indigo inlet iris iron island ivory
    ivy jade jasmine jasper jelly juniper kayak kettle kite lace ladder lagoon lake
    lamp lantern larch lark laurel lava leaf lemon lentil lily lime linen lion lotus
    lynx magnet mango maple marble meadow melon meteor mill mint mirror moon moss
    mountain nectar needle nest nettle north nutmeg oak oasis oat ocean olive onion
    onyx opal orbit orchid otter owl oyster paddle palm panda paper parsley pastry
    peach pearl pebble pelican pepper piano pigeon pine planet plum pond poppy
    prairie prism puffin quail quartz quill rabbit rapid raven reed reef ribbon
    ridge river robin rocket rose
    """.split()  # noqa: SIM905  # a paragraph, not 256 lines
)
"""256 of them: one for each byte."""


def name_of(task_id: str) -> str:
    """The name of a task: the same for the same id."""
    digest = blake2s(task_id.encode(), digest_size=4).digest()
    return "-".join(WORDS[byte] for byte in digest)
