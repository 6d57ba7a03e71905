/** Words of generated names; our own. */
export const qualities: readonly string[] =
  'able agile alert amber ample apt arctic azure balmy bold brave breezy bright brisk calm candid careful cheery clear clever cosy crisp curious dapper daring deft dewy eager early earnest easy fair fine fleet fond frank fresh gentle glad golden grand green happy hardy honest humble jolly keen kind light limber lively lucid lucky mellow merry mild mindful misty modest neat nimble noble open patient placid plucky polite prompt proud quick quiet rapid ready rosy rustic serene sharp shiny silent silver simple sleek smooth snug sober solid spry steady still sturdy subtle sunny sure swift tender tidy trusty upbeat vivid warm wise witty zesty'.split(
    ' ',
  );

export const things: readonly string[] =
  'acorn alder anchor anvil aspen badger barge basin beacon birch bison bobbin boulder bramble bridge brook canal candle canoe canyon cedar cliff clover comet compass coral cove crane creek crest delta dune eagle ember falcon fern ferry finch fjord flint forest forge fossil fountain fox galley garnet gazelle geyser glacier glade granite grove gull harbor hare harvest hawk hazel heath heron hill inlet iris island ivy jasper jay kestrel kettle lagoon lantern larch lark lemur lichen lilac linden lynx magpie maple marble marsh marten meadow mesa moss moth oak oasis oriole osprey otter owl pebble pelican pine plover pond poplar prairie puffin quarry quartz quail rapids raven reef ridge robin rook rowan sable saddle sandbar sequoia shale shore sparrow spruce stork stream summit swallow teal thicket thistle tide timber topaz trout tundra valley walnut willow wren'.split(
    ' ',
  );
