# Serve calls of a Ruby answer; the format of a line is that of grading/wire.py.
#
# In a module of its own, so that what the answer defines is out of its way.
module LLMBench
  CALLS = IO.new(3, "rb")
  REPLIES = IO.new(4, "wb")
  MAX_DEPTH = 100

  class Unsendable < StandardError; end

  def self.text(word)
    [word[1..]].pack("H*").force_encoding("UTF-8")
  end

  def self.read(words)
    word = words.shift
    case word[0]
    when "n" then nil
    when "t" then true
    when "f" then false
    when "i" then word[1..].to_i
    when "d" then float(word[1..])
    when "s" then text(word)
    when "l", "p" then Array.new(word[1..].to_i) { read(words) }
    when "h" then Set.new(Array.new(word[1..].to_i) { read(words) })
    when "m" then Array.new(word[1..].to_i) { [read(words), read(words)] }.to_h
    end
  end

  def self.float(text)
    { "nan" => Float::NAN, "inf" => Float::INFINITY, "-inf" => -Float::INFINITY }[text] || text.to_f
  end

  def self.write(value, words, depth = 0)
    raise Unsendable, "nested deeper than #{MAX_DEPTH} levels" if depth > MAX_DEPTH
    case value
    when nil then words << "n"
    when true then words << "t"
    when false then words << "f"
    when Integer then words << "i#{value}"
    when Float then words << float_word(value)
    when String, Symbol then words << hex(value.to_s)
    when Array then sequence("l", value, words, depth)
    when Set then sequence("h", value, words, depth)
    when Hash
      words << "m#{value.size}"
      value.each_pair { |key, item| write(key, words, depth + 1); write(item, words, depth + 1) }
    else
      words << "o#{hex(value.class.name.to_s)[1..]}" << hex(value.inspect[0, 200])
    end
  end

  def self.sequence(kind, items, words, depth)
    words << "#{kind}#{items.size}"
    items.each { |item| write(item, words, depth + 1) }
  end

  def self.float_word(value)
    return "dnan" if value.nan?
    return value.positive? ? "dinf" : "d-inf" if value.infinite?
    "d#{value}"
  end

  # Bytes of no encoding are those of UTF-8 most of the time.
  def self.hex(text)
    is_bytes = text.encoding == Encoding::BINARY
    text = is_bytes ? text.dup.force_encoding("UTF-8") : text.encode("UTF-8")
    "s" + text.scrub.unpack1("H*")
  rescue EncodingError
    "s" + text.encode("UTF-8", invalid: :replace, undef: :replace).unpack1("H*")
  end

  def self.flush
    STDOUT.flush
  rescue IOError # the answer closed it
    nil
  end

  def self.say(*words)
    flush
    REPLIES.write(words.join(" ") + "\n")
    REPLIES.flush
  end

  def self.failure(error)
    message = error.message.to_s[0, 1000]
    place = (error.backtrace || []).find { |line| line.include?("solution.rb") }
    message += "\n#{place.sub(/\A.*solution\.rb/, 'solution.rb')}" if place
    say("e", hex(error.class.name.to_s), hex(message))
  end

  # End as the answer wants, but without what it wants to do at the end.
  def self.leave(error)
    flush
    exit!(error.status)
  end

  def self.call(line)
    words = line.split(" ")
    name = text(words.shift).to_sym
    arguments = read(words)
    target = TOPLEVEL_BINDING.receiver
    return say("x") unless target.respond_to?(name, true)
    begin
      value = target.__send__(name, *arguments)
    rescue SystemExit => error
      leave(error)
    rescue Exception => error # whatever it raises is its own
      return failure(error)
    end
    reply = ["v"]
    begin
      write(value, reply)
    rescue Unsendable => error
      reply = ["u", hex(error.message)]
    end
    say(*reply)
  end

  def self.serve
    begin
      load File.expand_path("solution.rb")
    rescue SyntaxError => error
      return say("k", hex(error.message))
    rescue SystemExit => error
      leave(error)
    rescue Exception => error
      return failure(error)
    end
    say("r")
    while (line = CALLS.gets)
      call(line)
    end
  end
end

require "set"
LLMBench.serve
